import { InvalidCursor } from '../errors.ts'

/** A part of a long list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Hand it in again for the items after these; missing on the last page. */
  readonly cursor?: string
}

/** Where a page ended: a moment, and the key among items of the same moment. */
export interface Position {
  readonly createdAt: Date
  readonly key: string
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/** Items a page may have: 50 unless asked otherwise, 1,000 at most. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? DEFAULT_LIMIT) || 1, 1), MAX_LIMIT)
}

/**
 * Makes a page of what a query for one item more than the limit gave: the item too many tells that
 * there is more.
 */
export function toPage<Item>(
  items: readonly Item[],
  limit: number,
  position: (item: Item) => Position,
): Page<Item> {
  const last = items[limit - 1]
  if (items.length <= limit || last === undefined) return { items }
  const { createdAt, key } = position(last)
  const cursor = Buffer.from(`${createdAt.toISOString()} ${key}`).toString('base64url')
  return { items: items.slice(0, limit), cursor }
}

/**
 * The position that {@link toPage} wrote down; undefined for none.
 *
 * @throws {InvalidCursor} for text that is none.
 */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const [, moment = '', key] = /^(\S+) (\S+)$/.exec(text) ?? []
  const createdAt = new Date(moment)
  if (key === undefined || Number.isNaN(createdAt.getTime())) {
    throw new InvalidCursor('The cursor is none that a page before ended with')
  }
  return { createdAt, key }
}

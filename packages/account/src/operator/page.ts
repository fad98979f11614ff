import { InvalidCursor } from '../errors.ts'

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Pass it to get the next page; absent on the last page. */
  readonly cursor?: string
}

/** End of a page: a time, and the key among items of the same time. */
export interface Position {
  readonly createdAt: Date
  readonly key: string
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/** Page size: 50 by default, 1,000 at most. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? DEFAULT_LIMIT) || 1, 1), MAX_LIMIT)
}

/**
 * Builds a page from a query for one item more than the limit; the extra item shows that there are
 * more.
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
 * Parses a cursor of {@link toPage}; undefined without one.
 *
 * @throws {InvalidCursor} for other text.
 */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const [, moment = '', key] = /^(\S+) (\S+)$/.exec(text) ?? []
  const createdAt = new Date(moment)
  if (key === undefined || Number.isNaN(createdAt.getTime())) {
    throw new InvalidCursor('The cursor is not from an earlier page')
  }
  return { createdAt, key }
}

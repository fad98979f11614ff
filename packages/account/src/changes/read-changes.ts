import { later, type ServiceContext, type Tx } from '../context.ts'
import type { ChangeKind } from './account-change.ts'

/** A change as hosts read it. */
export interface RecordedChange {
  /**
   * Increases with each change, in commit order. There may be gaps, and no number is added below
   * one already read.
   */
  readonly seq: number
  readonly did: string
  readonly kind: ChangeKind
  /** The other fields of the `AccountChange`, dates as ISO texts. */
  readonly detail: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** The changes to all accounts, for polling hosts. */
export interface AccountChanges {
  /**
   * Reads changes in commit order. A host that stores the `seq` of the last change it has processed
   * misses none.
   *
   * @param query.after the `seq` of the last known change; from the beginning by default.
   * @param query.limit maximum number of changes; 500 by default.
   */
  read(query?: {
    readonly after?: number
    readonly limit?: number
  }): Promise<readonly RecordedChange[]>
}

const BATCH = 500
/** How long changes are kept, in seconds. */
const CHANGE_SECONDS = 30 * 24 * 60 * 60

export async function readChanges(
  context: Pick<ServiceContext, 'store'>,
  { after = 0, limit = BATCH }: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly RecordedChange[]> {
  await numberChanges(context)
  const changes = await context.store.changes.list({ after, limit })
  return changes.map((change) => ({ ...change, kind: change.kind as ChangeKind }))
}

/**
 * Numbers changes committed since the last run. One process at a time does this, so numbers appear
 * in order and a change that commits late gets a higher one.
 */
export async function numberChanges({ store }: Pick<ServiceContext, 'store'>): Promise<void> {
  while (await store.transaction((tx) => tx.changes.number(BATCH)));
}

export async function removeOldChanges(
  { store }: { readonly store: Pick<Tx, 'changes'> },
  now: Date,
  limit: number,
): Promise<void> {
  await store.changes.deleteBefore(later(now, -CHANGE_SECONDS), limit)
}

/** Deletes the changes to a purged account. */
export async function forgetChanges(tx: Tx, did: string): Promise<void> {
  await tx.changes.deleteFor(did)
}

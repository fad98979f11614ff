import { later, type ServiceContext, type Tx } from '../context.ts'
import type { ChangeKind } from './account-change.ts'

/** A change as a host reads it. */
export interface RecordedChange {
  /** Grows by each change, in the order of commits. Numbers may be missing, and none is ever added before one that was read. */
  readonly seq: number
  readonly did: string
  readonly kind: ChangeKind
  /** The other fields of the `AccountChange`, dates as ISO texts. */
  readonly detail: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** The changes of all accounts, for a host that polls. */
export interface AccountChanges {
  /**
   * Reads changes in the order of their commits. A host keeps the `seq` of the last one it has dealt with, and none escapes it.
   *
   * @param query.after the last one that is known; from the beginning by default.
   * @param query.limit how many at most; 500 by default.
   */
  read(query?: {
    readonly after?: number
    readonly limit?: number
  }): Promise<readonly RecordedChange[]>
}

const BATCH = 500
/** How long a change can be read. */
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
 * Numbers what was committed since. One process does at a time, so numbers appear in order, and a change that commits late
 * gets a high one.
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

/** Forgets what was told of an account that is purged. */
export async function forgetChanges(tx: Tx, did: string): Promise<void> {
  await tx.changes.deleteFor(did)
}

import type { ServiceContext, Tx } from '../context.ts'
import type { Queries } from '../db/database.ts'
import type { AccountHooks } from '../options.ts'
import type { AccountChange } from './account-change.ts'

/** The transaction of a change. */
export interface ChangeTransaction {
  /** All tables of the module's schema. */
  readonly queries: Queries
  /** Runs work after the commit, before the change returns to its caller. It must not throw. */
  readonly afterCommit: (work: () => Promise<void>) => void
}

/** Follows changes for a package beside the module, in the transaction of each. */
export type ChangeFollower = (change: AccountChange, tx: ChangeTransaction) => Promise<void>

/**
 * Calls the hooks for a change and records it for polling hosts, both in the transaction of the
 * change.
 */
export async function announce(
  { hooks, followers }: Pick<ServiceContext, 'hooks' | 'followers'>,
  tx: Tx,
  change: AccountChange,
): Promise<void> {
  const { did, kind, at, ...detail } = change
  await tx.changes.append({ did, kind, detail, at })
  await hooks.onAccountChanged?.(change, tx.host)
  await callHook(hooks, tx, change)
  for (const follow of followers) await follow(change, tx)
}

async function callHook(
  hooks: AccountHooks<unknown>,
  { host }: Tx,
  change: AccountChange,
): Promise<void> {
  const { did, at } = change
  switch (change.kind) {
    case 'created':
      return await hooks.onAccountCreated?.({ did, handle: change.handle, at }, host)
    case 'deleted':
      return await hooks.onAccountDeleted?.({ did, at, purgeAfter: change.purgeAfter }, host)
    case 'restored':
      return await hooks.onAccountRestored?.({ did, handle: change.handle, at }, host)
    case 'purged':
      return await hooks.onAccountPurged?.({ did, at }, host)
    case 'password-reset':
      return await hooks.onPasswordReset?.({ did, at }, host)
    case 'handle-changed': {
      const { handle, previous } = change
      return await hooks.onHandleChanged?.({ did, handle, previous, at }, host)
    }
  }
}

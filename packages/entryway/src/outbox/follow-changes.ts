import type { AccountChange, ChangeFollower } from '@lexwright/account/extension'
import type { HostUpdateKind } from '../store/outbox-store.ts'
import { queueUpdate } from '../store/store.ts'
import type { Outbox } from './outbox.ts'

/** The updates of the host that each change to an account requires. */
const updatesAfter: Partial<Readonly<Record<AccountChange['kind'], readonly HostUpdateKind[]>>> = {
  'handle-changed': ['handle'],
  'identity-changed': ['handle'],
  activated: ['status'],
  deactivated: ['status'],
  disabled: ['status'],
  deleted: ['status'],
  // The host refuses a new handle while the account is taken down.
  enabled: ['status', 'handle'],
  restored: ['status', 'handle'],
  purged: ['removal'],
}

/**
 * Queues updates of hosts in the transaction of each change, and runs them right after the commit, so
 * the host usually has the change before the caller gets the answer.
 */
export function followChanges(outbox: Outbox): ChangeFollower {
  return async ({ did, kind, at }, { queries, afterCommit }) => {
    const kinds = updatesAfter[kind]
    if (kinds === undefined) return
    if (await queueUpdate(queries, { did, kinds, at })) afterCommit(() => outbox.runFor(did))
  }
}

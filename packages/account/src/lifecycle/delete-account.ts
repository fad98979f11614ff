import { removeAppPasswords } from '../app-passwords/app-passwords.ts'
import { announce } from '../changes/announce.ts'
import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AuditActor } from '../db/audit-store.ts'
import { ReauthenticationRequired } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { endSessions } from '../sessions/sessions.ts'

export interface DeleteAccountRequest {
  readonly did: string
  /** When the owner last entered the password. */
  readonly authTime: Date
}

/**
 * Marks an account as deleted and ends everything that could act for it. Its data is purged after
 * the grace period; until then the operator can restore it. Idempotent.
 *
 * @throws {ReauthenticationRequired} if the login is too old.
 */
export async function deleteAccount(
  context: ServiceContext,
  { did, authTime }: DeleteAccountRequest,
  caller: Caller,
): Promise<void> {
  const { store, budgets, policy, clock } = context
  await budgets.spend(caller, () => [{ limit: 'delete', of: [did] }])
  const now = clock.now()
  if (later(authTime, policy.reauthWindow) < now) {
    throw new ReauthenticationRequired('Log in again to delete the account')
  }
  await store.transaction((tx) => deleteInTransaction(context, tx, { did, actor: 'owner' }))
}

/** False if there is no usable account to delete. */
export async function deleteInTransaction(
  context: ServiceContext,
  tx: Tx,
  { did, actor }: { readonly did: string; readonly actor: AuditActor },
): Promise<boolean> {
  const { policy, timeOf } = context
  const now = await timeOf(tx)
  const purgeAfter = later(now, policy.deletionGrace)
  // First: it locks the row, so concurrent logins and resets of the account wait.
  if (!(await tx.lifecycle.markDeleted({ did, deletedAt: now, purgeAfter }))) return false
  await endSessions(tx, { did, reason: 'account-deleted', at: now })
  await cancelResets(tx, did)
  await removeAppPasswords(tx, did)
  await tx.outbox.add('account-deleted', did, now)
  await tx.audit.append({ event: 'account.deleted', actor, did, at: now })
  await announce(context, tx, { kind: 'deleted', did, at: now, purgeAfter })
  return true
}

import type { ServiceContext, Tx } from '../context.ts'
import { WrongAccountStatus } from '../errors.ts'
import { deleteInTransaction } from '../lifecycle/delete-account.ts'
import { purgeInTransaction } from '../lifecycle/purge-accounts.ts'
import { type AccountSummary, findAccount } from './accounts.ts'
import type { RosterEntry } from './roster-store.ts'

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function disableAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only an active account can be disabled',
    async (tx, did) => {
      const at = context.clock.now()
      if (!(await tx.lifecycle.disable(did, at))) return false
      // A way in that its owner asked for before.
      await tx.resetTokens.deleteFor(did)
      await tx.outbox.deleteFor(did)
      await tx.audit.append({ event: 'account.disabled', actor: 'admin', did, at })
      return true
    },
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function enableAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only a disabled account can be enabled',
    async (tx, did) => {
      if (!(await tx.lifecycle.enable(did))) return false
      await tx.audit.append({
        event: 'account.enabled',
        actor: 'admin',
        did,
        at: context.clock.now(),
      })
      return true
    },
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function deleteAsOperator(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  const summary = await change(
    context,
    account,
    'Only an active or a disabled account can be deleted',
    (tx, did) => deleteInTransaction(context, tx, { did, actor: 'admin' }),
  )
  context.wakeOutbox()
  return summary
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function restoreAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  const { clock, hooks } = context
  return await change(
    context,
    account,
    'Only a deleted account can be restored, until its grace ends',
    async (tx, did) => {
      const at = clock.now()
      const restored = await tx.lifecycle.restore(did, at)
      if (restored === undefined) return false
      // It would tell of a deletion that did not last.
      await tx.outbox.deleteFor(did)
      await tx.audit.append({ event: 'account.restored', actor: 'admin', did, at })
      await hooks.onAccountRestored?.({ did, handle: restored.handle, at }, tx.host)
      return true
    },
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function purgeAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only a deleted account can be purged, and once',
    (tx, did) => purgeInTransaction(context, tx, { did, actor: 'admin' }),
  )
}

/**
 * Runs one change of status in a transaction and returns the account as it is afterwards.
 *
 * @param step false when the account is in no state for it.
 */
async function change(
  { store }: ServiceContext,
  account: string,
  refusal: string,
  step: (tx: Tx, did: string) => Promise<boolean>,
): Promise<RosterEntry> {
  const { did, status, purgedAt } = await findAccount({ store }, account)
  const state = purgedAt === null ? status : 'purged'
  return await store.transaction(async (tx) => {
    if (!(await step(tx, did))) throw new WrongAccountStatus(`${refusal}; this one is ${state}`)
    return await findAccount({ store: { ...store, ...tx } }, did)
  })
}

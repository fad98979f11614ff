import type { ServiceContext, Tx } from '../context.ts'
import { WrongAccountStatus } from '../errors.ts'
import { checkDid } from '../identity/check-did.ts'
import { activateInTransaction, deactivateInTransaction } from '../lifecycle/deactivate-account.ts'
import { deleteInTransaction } from '../lifecycle/delete-account.ts'
import { disableInTransaction, enableInTransaction } from '../lifecycle/disable-account.ts'
import { purgeInTransaction } from '../lifecycle/purge-accounts.ts'
import { restoreInTransaction } from '../lifecycle/restore-account.ts'
import { type AccountSummary, findAccount } from './find-accounts.ts'
import type { RosterEntry } from './roster-store.ts'

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function disableAccount(
  context: ServiceContext,
  account: string,
  ref?: string,
): Promise<AccountSummary> {
  return await change(context, account, 'Only an active account can be disabled', (tx, did) =>
    disableInTransaction(context, tx, { did, ref: ref ?? null }),
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function enableAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(context, account, 'Only a disabled account can be enabled', (tx, did) =>
    enableInTransaction(context, tx, did),
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function deactivateAsOperator(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only an active or a disabled account can be deactivated',
    (tx, did) => deactivateInTransaction(context, tx, { did, deleteAfter: null, actor: 'admin' }),
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} @throws {DidLeadsElsewhere} */
export async function activateAsOperator(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  await checkDid(context, (await findAccount(context, account)).did)
  return await change(context, account, 'Only a deactivated account can be activated', (tx, did) =>
    activateInTransaction(context, tx, { did, actor: 'admin' }),
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function deleteAsOperator(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only an active or a disabled account can be deleted',
    (tx, did) => deleteInTransaction(context, tx, { did, actor: 'admin' }),
  )
}

/** @throws {AccountNotFound} @throws {WrongAccountStatus} */
export async function restoreAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountSummary> {
  return await change(
    context,
    account,
    'Only a deleted account can be restored, within its grace period',
    (tx, did) => restoreInTransaction(context, tx, did),
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
    'Only a deleted account that is not purged yet can be purged',
    (tx, did) => purgeInTransaction(context, tx, { did, actor: 'admin' }),
  )
}

/**
 * Changes the status in a transaction and returns the updated account.
 *
 * @param step returns false if the state of the account does not allow it.
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

import type { ServiceContext } from '../context.ts'
import { changeHandleAs } from '../handles/change-handle.ts'
import { type AccountSummary, findAccount } from './find-accounts.ts'

/**
 * @throws {AccountNotFound} @throws {InvalidHandle} @throws {HandleNotAvailable} as for a change by
 * the owner.
 */
export async function setHandle(
  context: ServiceContext,
  account: string,
  handle: string,
): Promise<AccountSummary> {
  const { did } = await findAccount(context, account)
  await changeHandleAs(context, { did, typed: handle, actor: 'admin' })
  return await findAccount(context, did)
}

import type { ServiceContext } from '../context.ts'
import { createForOwner, type OwnedAccountRequest } from '../registration/create-for-owner.ts'
import { type AccountSummary, findAccount } from './find-accounts.ts'

/** @throws {AccountError} as for a registration, except for invite codes and reserved handles. */
export async function createAccountFor(
  context: ServiceContext,
  request: OwnedAccountRequest,
): Promise<AccountSummary> {
  return await findAccount(context, await createForOwner(context, request))
}

import type { ServiceContext } from '../context.ts'
import type { AccountProfile } from '../db/account-profile.ts'
import { AccountNotFound } from '../errors.ts'

/**
 * The account as shown to its owner.
 *
 * @throws {AccountNotFound}
 */
export async function getAccount({ store }: ServiceContext, did: string): Promise<AccountProfile> {
  const profile = await store.accounts.findProfile(did)
  if (profile === undefined) throw new AccountNotFound('Account does not exist')
  return profile
}

import { AccountNotFound } from '../errors.ts'
import type { AccountProfile } from '../store/account-store.ts'
import type { ServiceContext } from './context.ts'

/**
 * What an account's owner may see of it.
 *
 * @throws {AccountNotFound}
 */
export async function getAccount({ store }: ServiceContext, did: string): Promise<AccountProfile> {
  const profile = await store.accounts.findProfile(did)
  if (profile === undefined) throw new AccountNotFound('Account does not exist')
  return profile
}

import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { HostAuth } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/**
 * Checks that the caller may change an account: the operator of a host only those on it.
 *
 * @throws {AccountNotFound}
 */
export async function assertMayChange(
  operator: AccountOperator,
  { credentials }: AdminAuth | HostAuth,
  account: string,
): Promise<void> {
  if (credentials.type === 'admin') return
  const { did } = await operator.showAccount(account)
  if (!(await credentials.host.mayChange(did))) {
    throw new AccountNotFound('The host has no such account')
  }
}

import { AccountNotFound } from '../../errors.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AccountSummary } from '../find-accounts.ts'

/** The account that a subject of moderation is; undefined if there is none. */
export async function findSubject(
  operator: AccountOperator,
  did: string,
): Promise<AccountSummary | undefined> {
  try {
    return await operator.showAccount(did)
  } catch (error) {
    if (error instanceof AccountNotFound) return undefined
    throw error
  }
}

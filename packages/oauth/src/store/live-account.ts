import type { AccountStatus, AccountTables } from '@lexwright/account/extension'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { OAuthTables } from './tables.ts'

/** An active or deactivated account. */
export interface LiveAccount {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly emailConfirmed: boolean
  readonly deactivated: boolean
}

/** States of an account in which its apps stay signed in. */
export const LIVE: readonly AccountStatus[] = ['active', 'deactivated']

export const ACCOUNT_COLUMNS = [
  'account.did',
  'account.handle',
  'account.email',
  'account.email_confirmed_at',
  'account.status',
] as const

interface AccountRow {
  readonly did: string
  readonly handle: string | null
  readonly email: string | null
  readonly email_confirmed_at: Date | string | null
  readonly status: AccountStatus
}

export function toLiveAccount(row: AccountRow): LiveAccount {
  return {
    did: row.did,
    handle: row.handle ?? '',
    email: row.email ?? '',
    emailConfirmed: row.email_confirmed_at !== null,
    deactivated: row.status === 'deactivated',
  }
}

/** How long a browser may act for an account after a sign-in that it does not remember. */
export const SIGN_IN_SECONDS: number = 15 * 60

/**
 * True if a browser is signed in to `account`: its password was entered there, and has not been
 * changed since, nor the account disabled. A sign-in from before a password reset does not count.
 */
export function isSignedIn(device: Expression<string | null>, now: Date): Expression<SqlBool> {
  const eb = expressionBuilder<AccountTables & OAuthTables, 'account'>()
  const since = new Date(now.getTime() - SIGN_IN_SECONDS * 1000)
  return eb.or([
    eb.exists(
      eb
        .selectFrom('oauth_sign_in')
        .select('oauth_sign_in.did')
        .where('oauth_sign_in.device_id', '=', device)
        .whereRef('oauth_sign_in.did', '=', 'account.did')
        .whereRef('oauth_sign_in.epoch', '=', 'account.session_epoch')
        .where('oauth_sign_in.at', '>', since),
    ),
    eb.exists(
      eb
        .selectFrom('oauth_device_account')
        .select('oauth_device_account.did')
        .where('oauth_device_account.device_id', '=', device)
        .whereRef('oauth_device_account.did', '=', 'account.did')
        .whereRef('oauth_device_account.epoch', '=', 'account.session_epoch'),
    ),
  ])
}

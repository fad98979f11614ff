import type { AccountStatus } from './tables.ts'
import { toDate } from './timestamps.ts'

/** The columns of an account that its owner may see. None are null before the account is purged. */
export interface AccountProfile {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly status: AccountStatus
  readonly recoveryKey: string | null
  readonly inviteCode: string | null
  readonly createdAt: Date
  readonly passwordChangedAt: Date
  /** When the owner confirmed the address; null before. */
  readonly emailConfirmedAt: Date | null
  /** True if a login also requires a mailed code. */
  readonly emailAuthFactor: boolean
  /** Set for a deleted account. */
  readonly deletion?: { readonly deletedAt: Date; readonly purgeAfter: Date }
}

/** The columns of `account` in a profile. */
export const PROFILE_COLUMNS = [
  'did',
  'handle',
  'email',
  'status',
  'recovery_key',
  'invite_code',
  'created_at',
  'password_changed_at',
  'email_confirmed_at',
  'email_auth_factor',
  'deleted_at',
  'purge_after',
] as const

export interface ProfileRow {
  readonly did: string
  readonly handle: string | null
  readonly email: string | null
  readonly status: AccountStatus
  readonly recovery_key: string | null
  readonly invite_code: string | null
  readonly created_at: Date | string
  readonly password_changed_at: Date | string
  readonly email_confirmed_at: Date | string | null
  readonly email_auth_factor: boolean
  readonly deleted_at: Date | string | null
  readonly purge_after: Date | string | null
}

/** A purged account has no profile. */
export function toProfile(row: ProfileRow | undefined): AccountProfile | undefined {
  if (row === undefined || row.handle === null || row.email === null) return undefined
  return {
    did: row.did,
    handle: row.handle,
    email: row.email,
    status: row.status,
    recoveryKey: row.recovery_key,
    inviteCode: row.invite_code,
    createdAt: toDate(row.created_at),
    passwordChangedAt: toDate(row.password_changed_at),
    emailConfirmedAt: row.email_confirmed_at === null ? null : toDate(row.email_confirmed_at),
    emailAuthFactor: row.email_auth_factor,
    ...(row.deleted_at !== null &&
      row.purge_after !== null && {
        deletion: { deletedAt: toDate(row.deleted_at), purgeAfter: toDate(row.purge_after) },
      }),
  }
}

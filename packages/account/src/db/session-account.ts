import type { AliasedSelectQueryBuilder, ExpressionBuilder } from 'kysely'
import type { AccountStatus, AccountTables } from './tables.ts'

/** An account as today's clients see it in each answer with a session. */
export interface SessionAccountRow {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly emailConfirmed: boolean
  readonly emailAuthFactor: boolean
  readonly status: AccountStatus
  /** The latest known operation of the DID, as JSON text; null for an account moving in. */
  readonly operation: string | null
}

export const ACCOUNT_COLUMNS = [
  'account.did',
  'account.handle',
  'account.email',
  'account.email_confirmed_at',
  'account.email_auth_factor',
  'account.status',
] as const

/**
 * The latest operation of the account's DID, as `operation`. Null for an account moving in: its DID
 * may still name its former host, where clients would continue.
 */
export function headOf(
  eb: ExpressionBuilder<AccountTables, 'account'>,
): AliasedSelectQueryBuilder<{ operation: string }, 'operation'> {
  return eb
    .selectFrom('did_log')
    .select('did_log.operation')
    .whereRef('did_log.did', '=', 'account.did')
    .where('did_log.is_nullified', '=', false)
    .where((or) =>
      or.or([
        or('account.status', '<>', 'deactivated'),
        or('account.activated_at', 'is not', null),
      ]),
    )
    .orderBy('did_log.position', 'desc')
    .limit(1)
    .as('operation')
}

interface Row {
  readonly did: string
  readonly handle: string | null
  readonly email: string | null
  readonly email_confirmed_at: Date | string | null
  readonly email_auth_factor: boolean
  readonly status: AccountStatus
  readonly operation: string | null
}

/** A purged account has no data left. */
export function toAccount(row: Row | undefined): SessionAccountRow | undefined {
  if (row === undefined || row.handle === null || row.email === null) return undefined
  return {
    did: row.did,
    handle: row.handle,
    email: row.email,
    emailConfirmed: row.email_confirmed_at !== null,
    emailAuthFactor: row.email_auth_factor,
    status: row.status,
    operation: row.operation,
  }
}

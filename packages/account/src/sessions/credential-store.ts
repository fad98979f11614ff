import type { Queries } from '../db/database.ts'
import type { AccountStatus } from '../db/tables.ts'

/** The key to find an account by: at most one property is set. */
export interface LoginName {
  readonly did?: string
  readonly handle?: string
  readonly emailCanonical?: string
}

/** Credentials to check a login against. */
export interface Credentials {
  readonly did: string
  readonly handle: string
  readonly passwordHash: string
  readonly status: AccountStatus
  /** True if the next login is announced to the owner. */
  readonly notifyOfLogin: boolean
  /** True if a login also requires a mailed code. */
  readonly emailAuthFactor: boolean
}

export interface PasswordUpgrade {
  readonly did: string
  readonly from: string
  readonly to: string
}

export interface NewPassword {
  readonly did: string
  readonly passwordHash: string
  readonly changedAt: Date
  /** Includes disabled accounts. */
  readonly evenDisabled?: boolean
}

/** Passwords of accounts. */
export interface CredentialStore {
  /** One query, even if the account does not exist. */
  find(name: LoginName): Promise<Credentials | undefined>
  /**
   * Returns the session epoch of an account if its password hash and status are unchanged, and
   * locks it until the transaction ends.
   */
  lockForLogin(
    account: Pick<Credentials, 'did' | 'passwordHash' | 'status'>,
  ): Promise<number | undefined>
  /** Like {@link lockForLogin}, for an owner authenticated in another way. */
  lockForSession(
    did: string,
  ): Promise<{ readonly epoch: number; readonly handle: string } | undefined>
  /**
   * Clears the flag for the notice of the first login after {@link replace}. True for exactly one
   * of several callers with this hash, who must send the mail.
   */
  takeLoginNotice(did: string, passwordHash: string): Promise<boolean>
  /** Replaces a hash by a better one of the same password, unless the password has changed. */
  upgrade(upgrade: PasswordUpgrade): Promise<void>
  /**
   * Replaces the password of an active account, increments its epoch and flags the notice of the
   * next login; false if it is not active.
   */
  replace(password: NewPassword): Promise<boolean>
}

export function createCredentialStore(queries: Queries): CredentialStore {
  return {
    find: async ({ did, handle, emailCanonical }) => {
      const row = await queries
        .selectFrom('account')
        .select([
          'did',
          'handle',
          'password_hash',
          'status',
          'notify_of_login',
          'email_auth_factor',
        ])
        .where(
          did !== undefined ? 'did' : emailCanonical === undefined ? 'handle' : 'email_canonical',
          '=',
          // No handle is the empty string.
          did ?? emailCanonical ?? handle ?? '',
        )
        .executeTakeFirst()
      if (row === undefined || row.handle === null || row.password_hash === null) return undefined
      return {
        did: row.did,
        handle: row.handle,
        passwordHash: row.password_hash,
        status: row.status,
        notifyOfLogin: row.notify_of_login,
        emailAuthFactor: row.email_auth_factor,
      }
    },

    lockForLogin: async ({ did, passwordHash, status }) => {
      const row = await queries
        .selectFrom('account')
        .select('session_epoch')
        .where('did', '=', did)
        .where('status', '=', status)
        .where('password_hash', '=', passwordHash)
        .forShare()
        .executeTakeFirst()
      return row?.session_epoch
    },

    lockForSession: async (did) => {
      const row = await queries
        .selectFrom('account')
        .select(['session_epoch', 'handle'])
        .where('did', '=', did)
        .where('status', 'in', ['active', 'deactivated'])
        .forShare()
        .executeTakeFirst()
      if (row === undefined || row.handle === null) return undefined
      return { epoch: row.session_epoch, handle: row.handle }
    },

    takeLoginNotice: async (did, passwordHash) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({ notify_of_login: false })
        .where('did', '=', did)
        .where('status', 'in', ['active', 'deactivated'])
        .where('password_hash', '=', passwordHash)
        .where('notify_of_login', '=', true)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    upgrade: async ({ did, from, to }) => {
      await queries
        .updateTable('account')
        .set({ password_hash: to })
        .where('did', '=', did)
        .where('password_hash', '=', from)
        .execute()
    },

    replace: async ({ did, passwordHash, changedAt, evenDisabled = false }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          password_hash: passwordHash,
          password_changed_at: changedAt,
          notify_of_login: true,
          session_epoch: eb('session_epoch', '+', 1),
        }))
        .where('did', '=', did)
        .where('status', 'in', [
          'active',
          'deactivated',
          ...(evenDisabled ? (['disabled'] as const) : []),
        ])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
  }
}

import type { Queries } from '../db/database.ts'
import type { AccountStatus } from '../db/tables.ts'

/** By what an account is looked up: one of them. Text that can be neither is neither. */
export interface LoginName {
  readonly did?: string
  readonly handle?: string
  readonly emailCanonical?: string
}

/** Credentials that a login is checked against. */
export interface Credentials {
  readonly did: string
  readonly handle: string
  readonly passwordHash: string
  readonly status: AccountStatus
  /** True if the owner is to hear of the next login. */
  readonly notifyOfLogin: boolean
  /** True if a login also needs a code from a mail. */
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
  /** Of a disabled account, too. */
  readonly evenDisabled?: boolean
}

/** The password of an account, and by what name it is asked for. */
export interface CredentialStore {
  /** One query whether or not there is such an account. */
  find(name: LoginName): Promise<Credentials | undefined>
  /**
   * The session epoch of an account whose password and status are still these; nothing of it changes until the transaction
   * ends.
   */
  lockForLogin(
    account: Pick<Credentials, 'did' | 'passwordHash' | 'status'>,
  ): Promise<number | undefined>
  /** As {@link lockForLogin}, for an owner who has proven to be that in another way. */
  lockForSession(
    did: string,
  ): Promise<{ readonly epoch: number; readonly handle: string } | undefined>
  /**
   * Clears the flag for a notice of the first login after {@link replace}. True for exactly one of several callers with
   * this hash, who has to send the mail.
   */
  takeLoginNotice(did: string, passwordHash: string): Promise<boolean>
  /** Replaces a hash by a better one of the same password, unless the password was changed. */
  upgrade(upgrade: PasswordUpgrade): Promise<void>
  /**
   * Replaces an active account's password and raises its epoch; false if it is not active. The owner
   * is to hear of the first login with it.
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
          // Nobody's handle is the empty text.
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

import type { Queries } from '../db/database.ts'
import type { AccountStatus } from '../db/tables.ts'
import { type AccountProfile, PROFILE_COLUMNS, toProfile } from './profile.ts'
import { createStatement } from './statement.ts'

export type { AccountStatus } from '../db/tables.ts'
export type { AccountProfile } from './profile.ts'

export interface NewAccount {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly emailCanonical: string
  readonly passwordHash: string
  readonly recoveryKey: string | null
  readonly inviteCode: string | null
  readonly createdAt: Date
}

/** An account that may be resumed by whoever knows its password. */
export interface PendingAccount {
  readonly did: string
  readonly passwordHash: string
  readonly inviteCode: string | null
  /** The signed genesis operation, as JSON text. */
  readonly operation: string
}

/** By what somebody logs in: one of the two. Text that can be neither is neither. */
export interface LoginName {
  readonly handle?: string
  readonly emailCanonical?: string
}

/** What a login is checked against. */
export interface Credentials {
  readonly did: string
  readonly handle: string
  readonly passwordHash: string
  readonly status: AccountStatus
}

export interface PasswordUpgrade {
  readonly did: string
  readonly from: string
  readonly to: string
}

export interface Deletion {
  readonly did: string
  readonly deletedAt: Date
  readonly purgeAfter: Date
}

export interface NewPassword {
  readonly did: string
  readonly passwordHash: string
  readonly changedAt: Date
  /** Of a disabled account, too. */
  readonly evenDisabled?: boolean
}

export interface AccountStore {
  /** Reserves DID, handle and email. Throws the unique violation when one of them is taken. */
  insertPending(account: NewAccount): Promise<void>
  /** `pending` → `active`; undefined if the account is not pending. */
  activate(
    did: string,
    at: Date,
  ): Promise<{ readonly epoch: number; readonly handle: string } | undefined>
  /** Deletes a pending account with its key and operation; undefined if it is not pending. */
  deletePending(did: string): Promise<{ readonly inviteCode: string | null } | undefined>
  /** The session epoch of an active account. */
  findActiveEpoch(did: string): Promise<number | undefined>
  /**
   * The account with this handle and email, if nobody was told of it yet: it is pending, or it was
   * activated after `unansweredSince` without a session.
   */
  findUnanswered(name: {
    readonly handle: string
    readonly emailCanonical: string
    readonly unansweredSince: Date
  }): Promise<PendingAccount | undefined>
  /** One query whether or not there is such an account. */
  findCredentials(name: LoginName): Promise<Credentials | undefined>
  /**
   * The session epoch of an active account whose password is still the one with this hash; neither
   * changes until the transaction ends.
   */
  lockForLogin(did: string, passwordHash: string): Promise<number | undefined>
  /** Replaces a hash by a better one of the same password, unless the password was changed. */
  upgradePassword(upgrade: PasswordUpgrade): Promise<void>
  /** The DID of the active account with a handle. */
  findDid(handle: string): Promise<string | undefined>
  isHandleTaken(handle: string): Promise<boolean>
  isEmailTaken(emailCanonical: string): Promise<boolean>
  findProfile(did: string): Promise<AccountProfile | undefined>
  /**
   * As {@link findProfile}, for an active account only, which stays active until the transaction
   * ends.
   */
  lockActive(did: string): Promise<AccountProfile | undefined>
  /** Marks a usable account deleted and raises its epoch; false if it was not usable. */
  markDeleted(deletion: Deletion): Promise<boolean>
  /** Replaces an active account's password and raises its epoch; false if it is not active. */
  replacePassword(password: NewPassword): Promise<boolean>
}

export function createAccountStore(queries: Queries): AccountStore {
  const selectProfile = createStatement(queries, (db, did = '') =>
    db.selectFrom('account').select(PROFILE_COLUMNS).where('did', '=', did),
  )

  async function isTaken(column: 'handle' | 'email_canonical', value: string): Promise<boolean> {
    const row = await queries
      .selectFrom('account')
      .select('did')
      .where(column, '=', value)
      .executeTakeFirst()
    return row !== undefined
  }

  return {
    insertPending: async (account) => {
      await queries
        .insertInto('account')
        .values({
          did: account.did,
          status: 'pending',
          handle: account.handle,
          email: account.email,
          email_canonical: account.emailCanonical,
          password_hash: account.passwordHash,
          recovery_key: account.recoveryKey,
          invite_code: account.inviteCode,
          created_at: account.createdAt,
          password_changed_at: account.createdAt,
        })
        .execute()
    },

    activate: async (did, at) => {
      const row = await queries
        .updateTable('account')
        .set({ status: 'active', activated_at: at })
        .where('did', '=', did)
        .where('status', '=', 'pending')
        .returning(['session_epoch', 'handle'])
        .executeTakeFirst()
      return row && { epoch: row.session_epoch, handle: row.handle ?? '' }
    },

    deletePending: async (did) => {
      const row = await queries
        .deleteFrom('account')
        .where('did', '=', did)
        .where('status', '=', 'pending')
        .returning('invite_code')
        .executeTakeFirst()
      return row && { inviteCode: row.invite_code }
    },

    findActiveEpoch: async (did) => {
      const row = await queries
        .selectFrom('account')
        .select('session_epoch')
        .where('did', '=', did)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return row?.session_epoch
    },

    findUnanswered: async ({ handle, emailCanonical, unansweredSince }) => {
      const row = await queries
        .selectFrom('account')
        .innerJoin('did_operation', 'did_operation.did', 'account.did')
        .select([
          'account.did',
          'account.password_hash',
          'account.invite_code',
          'did_operation.operation',
        ])
        .where('account.handle', '=', handle)
        .where('account.email_canonical', '=', emailCanonical)
        .where((eb) =>
          eb.or([
            eb('account.status', '=', 'pending'),
            eb.and([
              eb('account.status', '=', 'active'),
              eb('account.activated_at', '>', unansweredSince),
              eb('account.session_epoch', '=', 0),
              eb.not(
                eb.exists(
                  eb
                    .selectFrom('session')
                    .select('session.id')
                    .whereRef('session.did', '=', 'account.did'),
                ),
              ),
            ]),
          ]),
        )
        .executeTakeFirst()
      if (row === undefined || row.password_hash === null) return undefined
      return {
        did: row.did,
        passwordHash: row.password_hash,
        inviteCode: row.invite_code,
        operation: row.operation,
      }
    },

    findCredentials: async ({ handle, emailCanonical }) => {
      const row = await queries
        .selectFrom('account')
        .select(['did', 'handle', 'password_hash', 'status'])
        .where(
          emailCanonical === undefined ? 'handle' : 'email_canonical',
          '=',
          // Nobody's handle is the empty text.
          emailCanonical ?? handle ?? '',
        )
        .executeTakeFirst()
      if (row === undefined || row.handle === null || row.password_hash === null) return undefined
      return {
        did: row.did,
        handle: row.handle,
        passwordHash: row.password_hash,
        status: row.status,
      }
    },

    lockForLogin: async (did, passwordHash) => {
      const row = await queries
        .selectFrom('account')
        .select('session_epoch')
        .where('did', '=', did)
        .where('status', '=', 'active')
        .where('password_hash', '=', passwordHash)
        .forShare()
        .executeTakeFirst()
      return row?.session_epoch
    },

    upgradePassword: async ({ did, from, to }) => {
      await queries
        .updateTable('account')
        .set({ password_hash: to })
        .where('did', '=', did)
        .where('password_hash', '=', from)
        .execute()
    },

    findDid: async (handle) => {
      const row = await queries
        .selectFrom('account')
        .select('did')
        .where('handle', '=', handle)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return row?.did
    },

    isHandleTaken: (handle) => isTaken('handle', handle),
    isEmailTaken: (emailCanonical) => isTaken('email_canonical', emailCanonical),

    findProfile: async (did) => toProfile(await selectProfile(did)),

    lockActive: async (did) =>
      toProfile(
        await queries
          .selectFrom('account')
          .select(PROFILE_COLUMNS)
          .where('did', '=', did)
          .where('status', '=', 'active')
          .forShare()
          .executeTakeFirst(),
      ),

    markDeleted: async ({ did, deletedAt, purgeAfter }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          status: 'deleted',
          deleted_at: deletedAt,
          purge_after: purgeAfter,
          session_epoch: eb('session_epoch', '+', 1),
        }))
        .where('did', '=', did)
        .where('status', 'in', ['active', 'disabled'])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    replacePassword: async ({ did, passwordHash, changedAt, evenDisabled = false }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          password_hash: passwordHash,
          password_changed_at: changedAt,
          session_epoch: eb('session_epoch', '+', 1),
        }))
        .where('did', '=', did)
        .where('status', 'in', evenDisabled ? ['active', 'disabled'] : ['active'])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
  }
}

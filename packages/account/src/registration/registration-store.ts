import type { Queries } from '../db/database.ts'

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

/** An account that can be resumed with its password. */
export interface PendingAccount {
  readonly did: string
  readonly passwordHash: string
  readonly inviteCode: string | null
  /** The signed genesis operation, as JSON text. */
  readonly operation: string
}

/** The existing account of a DID that moves in. */
export interface Arrival {
  readonly passwordHash: string | null
  readonly handle: string | null
  /** True if it is deactivated and has not been active since it moved in. */
  readonly isWaiting: boolean
  readonly epoch: number
}

/** The new state of an account that comes back from another host. */
export interface ReturnedAccount {
  readonly did: string
  readonly email: string
  readonly emailCanonical: string
  readonly passwordHash: string
  readonly inviteCode: string | null
  readonly at: Date
}

/** Creation of accounts: reserved, then activated or released. */
export interface RegistrationStore {
  /** Reserves DID, handle and email. Throws the unique violation if one is taken. */
  insertPending(account: NewAccount): Promise<void>
  /**
   * Stores an account that moves in, deactivated. Throws the unique violation like {@link
   * insertPending}.
   */
  insertArrival(account: NewAccount): Promise<void>
  /**
   * Turns an account that moved out into one that moves in, deactivated, and increments its epoch.
   * Undefined if it is disabled, or deleted but still restorable. Throws the unique violation like
   * {@link insertPending}.
   */
  reopen(
    account: ReturnedAccount,
  ): Promise<{ readonly epoch: number; readonly wasPurged: boolean } | undefined>
  /** The account of a DID in any state. */
  findArrival(did: string): Promise<Arrival | undefined>
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
   * The account with this handle and email whose creation was not answered yet: pending, or
   * activated after `unansweredSince` without a session.
   */
  findUnanswered(name: {
    readonly handle: string
    readonly emailCanonical: string
    readonly unansweredSince: Date
  }): Promise<PendingAccount | undefined>
  isEmailTaken(emailCanonical: string): Promise<boolean>
}

export function createRegistrationStore(queries: Queries): RegistrationStore {
  return {
    insertPending: async (account) => {
      await queries
        .insertInto('account')
        .values({ ...toRow(account), status: 'pending' })
        .execute()
    },

    insertArrival: async (account) => {
      await queries
        .insertInto('account')
        .values({
          ...toRow(account),
          status: 'deactivated',
          deactivated_at: account.createdAt,
        })
        .execute()
    },

    reopen: async ({ did, email, emailCanonical, passwordHash, inviteCode, at }) => {
      const row = await queries
        .with('before', (db) =>
          db
            .selectFrom('account')
            .select(['did', 'purged_at'])
            .where('did', '=', did)
            .where((eb) =>
              eb.or([
                eb('status', 'in', ['active', 'deactivated']),
                eb('purged_at', 'is not', null),
              ]),
            )
            .forUpdate(),
        )
        .updateTable('account')
        .from('before')
        .set((eb) => ({
          status: 'deactivated',
          session_epoch: eb('account.session_epoch', '+', 1),
          notify_of_login: false,
          password_changed_at: at,
          email,
          email_canonical: emailCanonical,
          email_confirmed_at: null,
          email_auth_factor: false,
          password_hash: passwordHash,
          invite_code: inviteCode,
          activated_at: null,
          deactivated_at: at,
          disabled_at: null,
          delete_after: null,
          deleted_at: null,
          purge_after: null,
          purged_at: null,
        }))
        .whereRef('account.did', '=', 'before.did')
        .returning(['account.session_epoch', 'before.purged_at as was_purged_at'])
        .executeTakeFirst()
      return row && { epoch: row.session_epoch, wasPurged: row.was_purged_at !== null }
    },

    findArrival: async (did) => {
      const row = await queries
        .selectFrom('account')
        .select(['password_hash', 'handle', 'status', 'activated_at', 'session_epoch'])
        .where('did', '=', did)
        .executeTakeFirst()
      return (
        row && {
          passwordHash: row.password_hash,
          handle: row.handle,
          isWaiting: row.status === 'deactivated' && row.activated_at === null,
          epoch: row.session_epoch,
        }
      )
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

    isEmailTaken: async (emailCanonical) => {
      const row = await queries
        .selectFrom('account')
        .select('did')
        .where('email_canonical', '=', emailCanonical)
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

function toRow(account: NewAccount) {
  return {
    did: account.did,
    handle: account.handle,
    email: account.email,
    email_canonical: account.emailCanonical,
    password_hash: account.passwordHash,
    recovery_key: account.recoveryKey,
    invite_code: account.inviteCode,
    created_at: account.createdAt,
    password_changed_at: account.createdAt,
  }
}

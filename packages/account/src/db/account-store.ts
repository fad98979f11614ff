import { type AccountProfile, PROFILE_COLUMNS, toProfile } from './account-profile.ts'
import type { Queries } from './database.ts'
import { createLookup, POSITION } from './lookup.ts'
import type { AccountStatus } from './tables.ts'

/** Accounts as their owners and every feature see them. */
export interface AccountStore {
  /** The DID of the active account with a handle. */
  findDid(handle: string): Promise<string | undefined>
  findProfile(did: string): Promise<AccountProfile | undefined>
  /**
   * As {@link findProfile}, for an active or deactivated account only, which stays as it is until the transaction ends.
   */
  lockActive(did: string): Promise<AccountProfile | undefined>
  /** As {@link lockActive}, for a transaction that changes the account. */
  lockForChange(did: string): Promise<AccountProfile | undefined>
  /** As {@link lockActive}, for a disabled account too. */
  lockUsable(did: string): Promise<AccountProfile | undefined>
  /**
   * Gives an account another address, which is not confirmed, and needs no code from a mail to log in. Throws the unique
   * violation when the address is somebody's; false if the account is not usable.
   */
  changeEmail(
    did: string,
    email: { readonly typed: string; readonly canonical: string },
  ): Promise<boolean>
  /** Switches the second factor; false if it is as wanted already, or the address is not confirmed. */
  setEmailAuthFactor(did: string, isOn: boolean): Promise<boolean>
  /**
   * Records that the address of an account was shown to be its owner's. Undefined if that is known already; the recovery key
   * of the account otherwise, which somebody gave before.
   */
  confirmEmail(did: string, at: Date): Promise<{ readonly recoveryKey: string | null } | undefined>
}

/** States of an account that somebody may still act for. */
const USABLE: readonly AccountStatus[] = ['active', 'deactivated', 'disabled']

export function createAccountStore(queries: Queries): AccountStore {
  const selectProfile = createLookup(queries, ['did'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('account', 'account.did', 'wanted.did')
      .select([POSITION, ...PROFILE_COLUMNS.map((column) => `account.${column}` as const)]),
  )
  const selectDid = createLookup(queries, ['handle'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('account', 'account.handle', 'wanted.handle')
      .select([POSITION, 'account.did'])
      .where('account.status', '=', 'active'),
  )

  return {
    findDid: async (handle) => (await selectDid({ handle }))?.did,

    findProfile: async (did) => toProfile(await selectProfile({ did })),

    lockActive: async (did) =>
      toProfile(
        await queries
          .selectFrom('account')
          .select(PROFILE_COLUMNS)
          .where('did', '=', did)
          .where('status', 'in', ['active', 'deactivated'])
          .forShare()
          .executeTakeFirst(),
      ),

    lockForChange: async (did) =>
      toProfile(
        await queries
          .selectFrom('account')
          .select(PROFILE_COLUMNS)
          .where('did', '=', did)
          .where('status', 'in', ['active', 'deactivated'])
          .forNoKeyUpdate()
          .executeTakeFirst(),
      ),

    lockUsable: async (did) =>
      toProfile(
        await queries
          .selectFrom('account')
          .select(PROFILE_COLUMNS)
          .where('did', '=', did)
          .where('status', 'in', USABLE)
          .forUpdate()
          .executeTakeFirst(),
      ),

    changeEmail: async (did, { typed, canonical }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({
          email: typed,
          email_canonical: canonical,
          email_confirmed_at: null,
          email_auth_factor: false,
        })
        .where('did', '=', did)
        .where('status', 'in', USABLE)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    setEmailAuthFactor: async (did, isOn) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({ email_auth_factor: isOn })
        .where('did', '=', did)
        .where('email_auth_factor', '=', !isOn)
        .where('email_confirmed_at', 'is not', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    confirmEmail: async (did, at) => {
      const row = await queries
        .updateTable('account')
        .set({ email_confirmed_at: at })
        .where('did', '=', did)
        .where('email_confirmed_at', 'is', null)
        .returning('recovery_key')
        .executeTakeFirst()
      return row && { recoveryKey: row.recovery_key }
    },
  }
}

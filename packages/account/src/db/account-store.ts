import { type AccountProfile, PROFILE_COLUMNS, toProfile } from './account-profile.ts'
import type { Queries } from './database.ts'
import { createLookup, POSITION } from './lookup.ts'
import type { AccountStatus } from './tables.ts'

/** Queries on accounts shared by every feature. */
export interface AccountStore {
  /** The DID of the active account with a handle. */
  findDid(handle: string): Promise<string | undefined>
  findProfile(did: string): Promise<AccountProfile | undefined>
  /**
   * Like {@link findProfile}, for active and deactivated accounts only. Locks the account against
   * changes until the transaction ends.
   */
  lockActive(did: string): Promise<AccountProfile | undefined>
  /** Like {@link lockActive}, for a transaction that changes the account. */
  lockForChange(did: string): Promise<AccountProfile | undefined>
  /** Like {@link lockActive}, including disabled accounts. */
  lockUsable(did: string): Promise<AccountProfile | undefined>
  /**
   * Changes the address, marks it unconfirmed and turns the second factor off. Throws the unique
   * violation if the address is taken; false if the account is not usable.
   */
  changeEmail(
    did: string,
    email: { readonly typed: string; readonly canonical: string },
  ): Promise<boolean>
  /**
   * Switches the second factor; false if it already is in this state or the address is not
   * confirmed.
   */
  setEmailAuthFactor(did: string, isOn: boolean): Promise<boolean>
  /**
   * Confirms the address of an account. Undefined if it already was; otherwise returns the recovery
   * key, which was set while the address was unproven.
   */
  confirmEmail(did: string, at: Date): Promise<{ readonly recoveryKey: string | null } | undefined>
}

/** States of an account between its creation and its deletion. */
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

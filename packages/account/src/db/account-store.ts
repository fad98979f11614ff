import { type AccountProfile, PROFILE_COLUMNS, toProfile } from './account-profile.ts'
import type { Queries } from './database.ts'
import { createLookup, POSITION } from './lookup.ts'

/** Accounts as their owners and every feature see them. */
export interface AccountStore {
  /** The DID of the active account with a handle. */
  findDid(handle: string): Promise<string | undefined>
  findProfile(did: string): Promise<AccountProfile | undefined>
  /**
   * As {@link findProfile}, for an active account only, which stays active until the transaction
   * ends.
   */
  lockActive(did: string): Promise<AccountProfile | undefined>
  /** As {@link lockActive}, for a transaction that changes the account. */
  lockForChange(did: string): Promise<AccountProfile | undefined>
  /**
   * Records that the address of an account was shown to be its owner's. Undefined if that is known already; the recovery key
   * of the account otherwise, which somebody gave before.
   */
  confirmEmail(did: string, at: Date): Promise<{ readonly recoveryKey: string | null } | undefined>
}

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
          .where('status', '=', 'active')
          .forShare()
          .executeTakeFirst(),
      ),

    lockForChange: async (did) =>
      toProfile(
        await queries
          .selectFrom('account')
          .select(PROFILE_COLUMNS)
          .where('did', '=', did)
          .where('status', '=', 'active')
          .forNoKeyUpdate()
          .executeTakeFirst(),
      ),

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

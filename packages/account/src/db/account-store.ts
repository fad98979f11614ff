import { type AccountProfile, PROFILE_COLUMNS, toProfile } from './account-profile.ts'
import type { Queries } from './database.ts'
import { createStatement } from './statement.ts'

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
}

export function createAccountStore(queries: Queries): AccountStore {
  const selectProfile = createStatement(queries, (db, did = '') =>
    db.selectFrom('account').select(PROFILE_COLUMNS).where('did', '=', did),
  )

  return {
    findDid: async (handle) => {
      const row = await queries
        .selectFrom('account')
        .select('did')
        .where('handle', '=', handle)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return row?.did
    },

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
  }
}

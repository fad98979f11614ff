import type { Queries } from '../db/database.ts'

/** An account from another service. */
export interface ImportedAccount {
  readonly did: string
  /** Lower case. */
  readonly handle: string
  readonly email: string
  readonly emailCanonical: string
  readonly passwordHash: string
  readonly createdAt: Date
  readonly emailConfirmedAt: Date | null
}

/** An existing account in conflict with an imported one. */
export interface MetAccount {
  readonly did: string
  readonly handle: string | null
  readonly emailCanonical: string | null
}

export interface ImportStore {
  /** Stores an active account; false if the DID, handle or email is taken. */
  insert(account: ImportedAccount, at: Date): Promise<boolean>
  /** Existing accounts with the same DID, handle or email. */
  findMet(account: ImportedAccount): Promise<readonly MetAccount[]>
}

export function createImportStore(queries: Queries): ImportStore {
  return {
    insert: async (account, at) => {
      const { numInsertedOrUpdatedRows } = await queries
        .insertInto('account')
        .values({
          did: account.did,
          status: 'active',
          handle: account.handle,
          email: account.email,
          email_canonical: account.emailCanonical,
          password_hash: account.passwordHash,
          created_at: account.createdAt,
          activated_at: at,
          password_changed_at: account.createdAt,
          email_confirmed_at: account.emailConfirmedAt,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },

    findMet: async ({ did, handle, emailCanonical }) => {
      const rows = await queries
        .selectFrom('account')
        .select(['did', 'handle', 'email_canonical'])
        .where((eb) =>
          eb.or([
            eb('did', '=', did),
            eb('handle', '=', handle),
            eb('email_canonical', '=', emailCanonical),
          ]),
        )
        .execute()
      return rows.map((row) => ({
        did: row.did,
        handle: row.handle,
        emailCanonical: row.email_canonical,
      }))
    },
  }
}

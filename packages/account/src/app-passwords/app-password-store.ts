import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'

/** An app password, without the password. */
export interface AppPassword {
  readonly name: string
  readonly isPrivileged: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

export interface NewAppPassword extends Pick<AppPassword, 'name' | 'isPrivileged' | 'createdAt'> {
  readonly did: string
  readonly passwordHash: string
}

export interface AppPasswordStore {
  /** False if the account already has one with this name. */
  insert(password: NewAppPassword): Promise<boolean>
  find(
    did: string,
    passwordHash: string,
  ): Promise<Pick<AppPassword, 'name' | 'isPrivileged'> | undefined>
  /** Oldest first. */
  list(did: string): Promise<readonly AppPassword[]>
  /**
   * Records a login with an app password and locks it until the transaction ends; false if it was
   * revoked.
   */
  use(password: {
    readonly did: string
    readonly passwordHash: string
    readonly at: Date
  }): Promise<boolean>
  /** False if there is none with this name. */
  remove(did: string, name: string): Promise<boolean>
  removeAll(did: string): Promise<void>
}

export function createAppPasswordStore(queries: Queries): AppPasswordStore {
  return {
    insert: async ({ did, name, passwordHash, isPrivileged, createdAt }) => {
      const row = await queries
        .insertInto('app_password')
        .values({
          did,
          name,
          password_hash: passwordHash,
          is_privileged: isPrivileged,
          created_at: createdAt,
        })
        .onConflict((conflict) => conflict.columns(['did', 'name']).doNothing())
        .returning('name')
        .executeTakeFirst()
      return row !== undefined
    },

    find: async (did, passwordHash) => {
      const row = await queries
        .selectFrom('app_password')
        .select(['name', 'is_privileged'])
        .where('did', '=', did)
        .where('password_hash', '=', passwordHash)
        .executeTakeFirst()
      return row && { name: row.name, isPrivileged: row.is_privileged }
    },

    list: async (did) => {
      const rows = await queries
        .selectFrom('app_password')
        .select(['name', 'is_privileged', 'created_at', 'last_used_at'])
        .where('did', '=', did)
        .orderBy('created_at')
        .orderBy('name')
        .execute()
      return rows.map((row) => ({
        name: row.name,
        isPrivileged: row.is_privileged,
        createdAt: toDate(row.created_at),
        lastUsedAt: row.last_used_at === null ? null : toDate(row.last_used_at),
      }))
    },

    use: async ({ did, passwordHash, at }) => {
      const { numUpdatedRows } = await queries
        .updateTable('app_password')
        .set({ last_used_at: at })
        .where('did', '=', did)
        .where('password_hash', '=', passwordHash)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    remove: async (did, name) => {
      const { numDeletedRows } = await queries
        .deleteFrom('app_password')
        .where('did', '=', did)
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },

    removeAll: async (did) => {
      await queries.deleteFrom('app_password').where('did', '=', did).execute()
    },
  }
}

import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'

export interface NewResetToken {
  readonly did: string
  readonly tokenHash: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface FoundResetToken {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly expiresAt: Date
}

export interface ResetTokenStore {
  /** Replaces the account's token. */
  replace(token: NewResetToken): Promise<void>
  /** Reads a token without using it up. */
  find(tokenHash: string): Promise<FoundResetToken | undefined>
  /** Uses up a live token; false if it was already used. */
  consume(tokenHash: string, now: Date): Promise<boolean>
  deleteFor(did: string): Promise<void>
}

export function createResetTokenStore(queries: Queries): ResetTokenStore {
  return {
    replace: async (token) => {
      await queries
        .insertInto('reset_token')
        .values({
          did: token.did,
          token_hash: token.tokenHash,
          created_at: token.createdAt,
          expires_at: token.expiresAt,
        })
        .onConflict((conflict) =>
          conflict.column('did').doUpdateSet((eb) => ({
            token_hash: eb.ref('excluded.token_hash'),
            created_at: eb.ref('excluded.created_at'),
            expires_at: eb.ref('excluded.expires_at'),
          })),
        )
        .execute()
    },

    find: async (tokenHash) => {
      const row = await queries
        .selectFrom('reset_token')
        .innerJoin('account', 'account.did', 'reset_token.did')
        .select(['account.did', 'account.handle', 'account.email', 'reset_token.expires_at'])
        .where('reset_token.token_hash', '=', tokenHash)
        .executeTakeFirst()
      if (row === undefined || row.handle === null || row.email === null) return undefined
      return {
        did: row.did,
        handle: row.handle,
        email: row.email,
        expiresAt: toDate(row.expires_at),
      }
    },

    consume: async (tokenHash, now) => {
      const { numDeletedRows } = await queries
        .deleteFrom('reset_token')
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', now)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },

    deleteFor: async (did) => {
      await queries.deleteFrom('reset_token').where('did', '=', did).execute()
    },
  }
}

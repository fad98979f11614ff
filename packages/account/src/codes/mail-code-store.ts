import type { Queries } from '../db/database.ts'
import type { CodePurpose } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

/** Identifies a code by account and purpose. */
export interface MailCode {
  readonly did: string
  readonly purpose: CodePurpose
  readonly codeHash: string
}

export interface NewMailCode extends MailCode {
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface MailCodeStore {
  /** Replaces any earlier code with the same purpose. */
  replace(code: NewMailCode): Promise<void>
  /** Uses up a live code; false if it was already used. */
  consume(code: MailCode, now: Date): Promise<boolean>
  /** Expiry of an unused code, past or future. */
  findExpiry(code: MailCode): Promise<Date | undefined>
  /** Deletes the codes of an account. */
  deleteFor(did: string): Promise<void>
}

export function createMailCodeStore(queries: Queries): MailCodeStore {
  return {
    replace: async ({ did, purpose, codeHash, createdAt, expiresAt }) => {
      await queries
        .insertInto('mail_code')
        .values({
          did,
          purpose,
          code_hash: codeHash,
          created_at: createdAt,
          expires_at: expiresAt,
        })
        .onConflict((conflict) =>
          conflict.columns(['did', 'purpose']).doUpdateSet((eb) => ({
            code_hash: eb.ref('excluded.code_hash'),
            created_at: eb.ref('excluded.created_at'),
            expires_at: eb.ref('excluded.expires_at'),
          })),
        )
        .execute()
    },

    consume: async ({ did, purpose, codeHash }, now) => {
      const { numDeletedRows } = await queries
        .deleteFrom('mail_code')
        .where('did', '=', did)
        .where('purpose', '=', purpose)
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', now)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },

    findExpiry: async ({ did, purpose, codeHash }) => {
      const row = await queries
        .selectFrom('mail_code')
        .select('expires_at')
        .where('did', '=', did)
        .where('purpose', '=', purpose)
        .where('code_hash', '=', codeHash)
        .executeTakeFirst()
      return row && toDate(row.expires_at)
    },

    deleteFor: async (did) => {
      await queries.deleteFrom('mail_code').where('did', '=', did).execute()
    },
  }
}

import { sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'

export interface NewChange {
  readonly did: string
  readonly kind: string
  /** Further fields, by name. */
  readonly detail: Readonly<Record<string, unknown>>
  readonly at: Date
}

export interface NumberedChange extends NewChange {
  readonly seq: number
}

/** Changes to accounts, for polling hosts. */
export interface ChangeStore {
  append(change: NewChange): Promise<void>
  /**
   * Numbers committed changes within a transaction; false if there are none or another process
   * holds the lock.
   */
  number(limit: number): Promise<boolean>
  list(query: {
    readonly after: number
    readonly limit: number
  }): Promise<readonly NumberedChange[]>
  /** Deletes the changes to an account. */
  deleteFor(did: string): Promise<void>
  /** Deletes old changes. */
  deleteBefore(moment: Date, limit: number): Promise<void>
}

export function createChangeStore(queries: Queries): ChangeStore {
  return {
    append: async ({ did, kind, detail, at }) => {
      await queries
        .insertInto('account_change')
        .values({ did, kind, detail: JSON.stringify(detail), at })
        .execute()
    },

    number: async (limit) => {
      // The next numbers are given out only after this lock is released at commit, so no number
      // appears before a lower one.
      const sequence = await queries
        .selectFrom('change_sequence')
        .select('last')
        .forUpdate()
        .skipLocked()
        .executeTakeFirst()
      if (sequence === undefined) return false
      const last = Number(sequence.last)
      const { numUpdatedRows } = await queries
        .with('fresh', (db) =>
          db
            .selectFrom('account_change')
            .select(['id', sql<number>`row_number() over (order by id)`.as('position')])
            .where('seq', 'is', null)
            .orderBy('id')
            .limit(limit),
        )
        .updateTable('account_change')
        .from('fresh')
        .set({ seq: sql<string>`${last}::bigint + fresh.position` })
        .whereRef('account_change.id', '=', 'fresh.id')
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
      await queries
        .updateTable('change_sequence')
        .set({ last: String(last + Number(numUpdatedRows)) })
        .execute()
      return true
    },

    list: async ({ after, limit }) => {
      const rows = await queries
        .selectFrom('account_change')
        .select(['seq', 'did', 'kind', 'detail', 'at'])
        .where('seq', '>', String(after))
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        seq: Number(row.seq),
        did: row.did,
        kind: row.kind,
        // Some drivers parse JSON columns, others return text.
        detail: typeof row.detail === 'string' ? JSON.parse(row.detail) : row.detail,
        at: toDate(row.at),
      }))
    },

    deleteFor: async (did) => {
      await queries.deleteFrom('account_change').where('did', '=', did).execute()
    },

    deleteBefore: async (moment, limit) => {
      await queries
        .with('old', (db) =>
          db
            .selectFrom('account_change')
            .select('id')
            .where('at', '<', moment)
            .where('seq', 'is not', null)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('account_change')
        .using('old')
        .whereRef('account_change.id', '=', 'old.id')
        .execute()
    },
  }
}

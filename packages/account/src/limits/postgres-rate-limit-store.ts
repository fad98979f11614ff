import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'
import type { Charge, RateLimitStore } from './rate-limit-store.ts'

/** Maximum rows per sweep, to keep the statement short. */
const SWEEP = 10_000

/** Counts in a PostgreSQL table. */
export function createPostgresRateLimitStore(queries: Queries): Required<RateLimitStore> {
  return {
    add: async (charges, now) => {
      const rows = await queries
        .insertInto('rate_limit')
        .values(inLockingOrder(charges).map((charge) => toRow(charge, now)))
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((eb) => {
            const isOver = eb('rate_limit.resets_at', '<=', now)
            return {
              spent: eb
                .case()
                .when(isOver)
                .then(eb.ref('excluded.spent'))
                .else(eb('rate_limit.spent', '+', eb.ref('excluded.spent')))
                .end(),
              resets_at: eb
                .case()
                .when(isOver)
                .then(eb.ref('excluded.resets_at'))
                .else(eb.ref('rate_limit.resets_at'))
                .end(),
            }
          }),
        )
        .returning(['key', 'spent', 'resets_at'])
        .execute()
      const found = new Map(rows.map((row) => [row.key, row]))
      return charges.map(({ key }) => {
        const row = found.get(key)
        if (row === undefined) throw new Error('the rate limit store returned no row for a charge')
        return { spent: row.spent, resetsAt: toDate(row.resets_at) }
      })
    },

    sweep: async (now) => {
      await queries
        .with('over', (db) =>
          db
            .selectFrom('rate_limit')
            .select('key')
            .where('resets_at', '<=', now)
            .limit(SWEEP)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('rate_limit')
        .using('over')
        .whereRef('rate_limit.key', '=', 'over.key')
        .execute()
    },
  }
}

/** Rows are locked one after the other, always in this order, to avoid deadlocks. */
function inLockingOrder(charges: readonly Charge[]): readonly Charge[] {
  return charges.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

function toRow({ key, points, window }: Charge, now: Date) {
  return { key, spent: points, resets_at: new Date(now.getTime() + window * 1000) }
}

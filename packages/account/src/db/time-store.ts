import { sql } from 'kysely'
import type { Queries } from './database.ts'
import { toDate } from './timestamps.ts'

/** The clock shared by all processes. */
export interface TimeStore {
  /** The time in the database; advances within a long transaction too. */
  now(): Promise<Date>
}

export function createTimeStore(queries: Queries): TimeStore {
  return {
    now: async () => {
      const { rows } = await sql<{ now: Date | string }>`select clock_timestamp() as now`.execute(
        queries,
      )
      const [row] = rows
      if (row === undefined) throw new Error('the database returned no time')
      return toDate(row.now)
    },
  }
}

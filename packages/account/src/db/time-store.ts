import { sql } from 'kysely'
import type { Queries } from './database.ts'
import { toDate } from './timestamps.ts'

/** The clock that all processes share. */
export interface TimeStore {
  /** The time in the database, also within a long transaction. */
  now(): Promise<Date>
}

export function createTimeStore(queries: Queries): TimeStore {
  return {
    now: async () => {
      const { rows } = await sql<{ now: Date | string }>`select clock_timestamp() as now`.execute(
        queries,
      )
      const [row] = rows
      if (row === undefined) throw new Error('the database did not tell the time')
      return toDate(row.now)
    },
  }
}

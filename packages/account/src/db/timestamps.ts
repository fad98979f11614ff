import type { ColumnType } from 'kysely'

/**
 * Written as a `Date`; read in the form the host's driver gives a `timestamptz`, so every query
 * that returns one passes it through {@link toDate}.
 */
export type Timestamp = ColumnType<Date | string, Date, Date>
export type NullableTimestamp = ColumnType<
  Date | string | null,
  Date | null | undefined,
  Date | null
>

/** Converts a `timestamptz` in the form of any driver. */
export function toDate(value: Date | string): Date {
  return value instanceof Date ? value : new Date(value)
}

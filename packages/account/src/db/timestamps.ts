/** Converts a `timestamptz` in the form of any driver. */
export function toDate(value: Date | string): Date {
  return value instanceof Date ? value : new Date(value)
}

/** A moment, however the host's driver hands over a `timestamptz`. */
export function toDate(value: Date | string): Date {
  return value instanceof Date ? value : new Date(value)
}

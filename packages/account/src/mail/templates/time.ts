/** A moment as people everywhere can read it: `2026-11-23 18:05 UTC`. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

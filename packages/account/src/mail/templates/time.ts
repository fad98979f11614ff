/** Formats a time without ambiguity for any country: `2026-11-23 18:05 UTC`. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

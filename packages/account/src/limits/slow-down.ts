/*
 * Delays logins to an account under attack from many addresses. Refusing them would lock the owner
 * out, so they only take longer, up to a bound that a person can wait for.
 */

/** Failed logins in the last hour, from any address, before delays begin. */
export const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

/** Delay of a login, in milliseconds. */
export function loginPause(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), MAX_PAUSE_MS)
}

/** Reset mails requested in the last hour, from any address, before delays begin. */
export const FREE_MAILS = 5
const FIRST_DELAY_SECONDS = 60
const MAX_DELAY_SECONDS = 15 * 60

/** Delay of a reset mail, in seconds. Requests in the meantime get the same mail. */
export function mailDelay(requests: number): number {
  if (requests <= FREE_MAILS) return 0
  return Math.min(FIRST_DELAY_SECONDS * 2 ** (requests - FREE_MAILS - 1), MAX_DELAY_SECONDS)
}

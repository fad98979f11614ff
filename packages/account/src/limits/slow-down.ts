/*
 * Delays log-ins to an account that is under attack from many addresses. Refusing would let the attacker
 * keep its owner out, so it only takes longer, up to a bound that a person can wait for.
 */

/** Failed logins in the last hour, from wherever, before the next one is held up. */
export const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

/** How long a login waits, in milliseconds. */
export function loginPause(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), MAX_PAUSE_MS)
}

/** Reset mails asked for in the last hour, from wherever, before the next one is held up. */
export const FREE_MAILS = 5
const FIRST_DELAY_SECONDS = 60
const MAX_DELAY_SECONDS = 15 * 60

/** How long a reset mail waits, in seconds. What is asked for meanwhile is the same mail. */
export function mailDelay(requests: number): number {
  if (requests <= FREE_MAILS) return 0
  return Math.min(FIRST_DELAY_SECONDS * 2 ** (requests - FREE_MAILS - 1), MAX_DELAY_SECONDS)
}

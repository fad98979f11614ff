export interface Backoff {
  /** Delay after the first attempt, in seconds. */
  readonly first: number
  /** Maximum delay, in seconds. */
  readonly max: number
}

/** Exponential backoff with jitter, in seconds. */
export function backoffSeconds(
  attempts: number,
  { first, max }: Backoff,
  random: () => number = Math.random,
): number {
  return spread(Math.min(first * 2 ** (attempts - 1), max), random)
}

/** Adds jitter of up to a quarter either way, so processes do not retry in step. */
export function spread(seconds: number, random: () => number = Math.random): number {
  return seconds * (0.75 + random() / 2)
}

export interface Backoff {
  /** After the first attempt, in seconds. */
  readonly first: number
  /** At most, in seconds. */
  readonly max: number
}

/** The seconds to wait after so many attempts: doubles with each, and is spread. */
export function backoffSeconds(
  attempts: number,
  { first, max }: Backoff,
  random: () => number = Math.random,
): number {
  return spread(Math.min(first * 2 ** (attempts - 1), max), random)
}

/** Up to a quarter more or less, so that processes that waited together do not go on together. */
export function spread(seconds: number, random: () => number = Math.random): number {
  return seconds * (0.75 + random() / 2)
}

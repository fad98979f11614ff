import { setTimeout as delay } from 'node:timers/promises'

/** A cached value from a source that may not answer. */
export interface Reading<Value> {
  /** The last value, read again if stale; undefined if that fails or takes too long. */
  latest(): Promise<Value | undefined>
  /** Time of the last reading. */
  readAt(): Date | undefined
}

/** Longer than a healthy database takes and short enough to wait for, in milliseconds. */
const MOMENT = 250

/**
 * Reads at most once at a time without holding callers up: a slow read counts as failed until it
 * ends and is not waited for again.
 *
 * @param freshness how long a value is reused, in milliseconds.
 */
export function createReading<Value>(
  read: () => Promise<Value>,
  freshness: number,
): Reading<Value> {
  let staleAt = 0
  let value: Value | undefined
  let readAt: Date | undefined
  let underWay: Promise<void> | undefined
  /** Resolves when the latest read ends or has taken too long. */
  let patience = Promise.resolve()

  async function readOnce(): Promise<void> {
    try {
      value = await read()
      readAt = new Date()
    } catch {
      value = undefined
    }
    staleAt = performance.now() + freshness
    underWay = undefined
  }

  return {
    latest: async () => {
      if (underWay === undefined && performance.now() >= staleAt) {
        underWay = readOnce()
        patience = forAMoment(underWay)
      }
      await patience
      return underWay === undefined ? value : undefined
    },
    readAt: () => readAt,
  }
}

async function forAMoment(work: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const moment = delay(MOMENT, undefined, { ref: false, signal: timer.signal }).catch(() => {})
  await Promise.race([work, moment])
  timer.abort()
}

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

/** A value is reused for at least this many times the duration of its read. */
const COST = 100

/**
 * Reads at most once at a time without holding callers up: a slow read counts as failed until it
 * ends and is not waited for again. Reading takes one percent of the time at most, so counting a
 * large table does not keep the database busy.
 *
 * @param freshness how long a value is reused, in milliseconds, unless its read was long.
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
    const began = performance.now()
    try {
      value = await read()
      readAt = new Date()
    } catch {
      value = undefined
    }
    const ended = performance.now()
    staleAt = ended + Math.max(freshness, (ended - began) * COST)
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

import { setTimeout as delay } from 'node:timers/promises'

/** A cached value from a source that may not answer. */
export interface CachedRead<Value> {
  /** The last value, read again if stale; undefined if that fails or takes too long. */
  latest(): Promise<Value | undefined>
  /** Time of the last successful read. */
  readAt(): Date | undefined
}

/** How long a caller waits for a read, in milliseconds: longer than a healthy database takes. */
const WAIT_MS = 250

/** A value is reused for at least this many times the duration of its read. */
const MIN_REUSE = 100

/**
 * Runs one read at a time. A caller waits only briefly for it; until a slow read ends, it counts as
 * failed. Reads take at most one percent of the time, so counting a large table does not keep the
 * database busy.
 *
 * @param freshness how long a value is reused, in milliseconds, unless its read was slow.
 */
export function createCachedRead<Value>(
  read: () => Promise<Value>,
  freshness: number,
): CachedRead<Value> {
  let staleAt = 0
  let value: Value | undefined
  let readAt: Date | undefined
  let running: Promise<void> | undefined
  /** Resolves when the latest read ends or has taken too long. */
  let waiting = Promise.resolve()

  async function readOnce(): Promise<void> {
    const began = performance.now()
    try {
      value = await read()
      readAt = new Date()
    } catch {
      value = undefined
    }
    const ended = performance.now()
    staleAt = ended + Math.max(freshness, (ended - began) * MIN_REUSE)
    running = undefined
  }

  return {
    latest: async () => {
      if (running === undefined && performance.now() >= staleAt) {
        running = readOnce()
        waiting = waitBriefly(running)
      }
      await waiting
      return running === undefined ? value : undefined
    },
    readAt: () => readAt,
  }
}

async function waitBriefly(work: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const timeout = delay(WAIT_MS, undefined, { ref: false, signal: timer.signal }).catch(() => {})
  await Promise.race([work, timeout])
  timer.abort()
}

import type { Clock, Logger } from './options.ts'

/** A clock that follows the database's. */
export interface SyncedClock extends Clock {
  /** Synchronizes the clock; `ask` returns the time of the database. */
  sync(ask: () => Promise<Date>): Promise<void>
}

export interface SyncedClockOptions {
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** The machine's clock, in milliseconds. */
  readonly wall?: () => number
  /** Monotonic milliseconds from any origin. */
  readonly monotonic?: () => number
}

/** Clock difference worth a warning, in milliseconds. */
const NOTABLE_SKEW = 5_000
/** In milliseconds. Slower answers are too inaccurate, and are ignored. */
const MAX_ROUND_TRIP = 2_000

/**
 * Follows the machine's clock until synchronized, then the database's, advanced by the monotonic
 * clock. Processes agree on the time, and a wrong or jumping machine clock does not end sessions or
 * shorten periods. Irreversible decisions query the database itself.
 */
export function createSyncedClock({
  logger,
  wall = Date.now,
  monotonic = () => performance.now(),
}: SyncedClockOptions): SyncedClock {
  /** The time at the origin of the monotonic clock. */
  let origin: number | undefined
  let isSkewed = false

  function report(skew: number): void {
    const isNotable = Math.abs(skew) > NOTABLE_SKEW
    if (isNotable === isSkewed) return
    isSkewed = isNotable
    const fields = { aheadSeconds: Math.round(skew / 1000) }
    if (isNotable) logger.warn(fields, 'the clock of this machine differs from the database’s')
    else logger.info(fields, 'the clock of this machine is correct again')
  }

  return {
    now: () => new Date(origin === undefined ? wall() : origin + monotonic()),
    sync: async (ask) => {
      const asked = monotonic()
      const time = (await ask()).getTime()
      const answered = monotonic()
      if (origin !== undefined && answered - asked > MAX_ROUND_TRIP) return
      const between = (asked + answered) / 2
      origin = time - between
      report(wall() - (origin + answered))
    },
  }
}

import type { Clock, Logger } from './options.ts'

/** A clock that follows that of the database. */
export interface SyncedClock extends Clock {
  /** Sets it by the time that the database tells. */
  sync(ask: () => Promise<Date>): Promise<void>
}

export interface SyncedClockOptions {
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** The machine's time of day, in milliseconds. */
  readonly wall?: () => number
  /** Milliseconds since some moment, which nobody sets. */
  readonly monotonic?: () => number
}

/** A difference that is worth knowing of, in milliseconds. */
const NOTABLE_SKEW = 5_000
/** An answer that took longer tells the time too roughly, in milliseconds. */
const MAX_ROUND_TRIP = 2_000

/**
 * The machine's clock until it is synchronized, and from then on the database's, carried on by a clock that nobody sets. So
 * processes agree on the time, and a machine whose clock is wrong, or jumps, ends no session and shortens no term. What
 * cannot be undone asks the database itself.
 */
export function createSyncedClock({
  logger,
  wall = Date.now,
  monotonic = () => performance.now(),
}: SyncedClockOptions): SyncedClock {
  /** The time of day when the monotonic clock stood at zero. */
  let origin: number | undefined
  let isSkewed = false

  function report(skew: number): void {
    const isNotable = Math.abs(skew) > NOTABLE_SKEW
    if (isNotable === isSkewed) return
    isSkewed = isNotable
    const fields = { aheadSeconds: Math.round(skew / 1000) }
    if (isNotable) logger.warn(fields, 'the clock of this machine differs from the database’s')
    else logger.info(fields, 'the clock of this machine is right again')
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

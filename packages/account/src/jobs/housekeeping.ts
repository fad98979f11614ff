import { later, type ServiceContext } from '../context.ts'
import type { RateLimitStore } from '../limits/rate-limit-store.ts'

/** Removes rows that mean nothing any more. */
export interface Housekeeper {
  start(): void
  runOnce(): Promise<void>
  stop(): Promise<void>
}

const INTERVAL_MS = 5 * 60_000
/** Clocks of processes differ; nothing is in a hurry here. */
const EXPIRED_FOR_SECONDS = 24 * 60 * 60
/** How long an operator can look into what became of a mail. */
const FAILED_MAIL_SECONDS = 30 * 24 * 60 * 60
/** Rows of a kind that one run removes. */
const BATCH = 5_000

export function createHousekeeper(
  { store, clock, logger }: Pick<ServiceContext, 'store' | 'clock' | 'logger'>,
  rateLimits: RateLimitStore,
): Housekeeper {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function runOnce(): Promise<void> {
    const now = clock.now()
    await store.sessions.deleteExpired(later(now, -EXPIRED_FOR_SECONDS), BATCH)
    await store.outbox.deleteFailed(later(now, -FAILED_MAIL_SECONDS), BATCH)
    await rateLimits.sweep?.(now)
  }

  return {
    runOnce,
    start: () => {
      // Spread, so that processes that started together do not sweep together.
      timer ??= setInterval(
        () => {
          running = runOnce().catch((err: unknown) => {
            logger.warn({ err }, 'expired rows could not be removed; the next run tries again')
          })
        },
        INTERVAL_MS * (0.75 + Math.random() / 2),
      ).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

import type { AccountModule } from '@lexwright/account'
import { type BackgroundJob, createBackgroundJob } from '@lexwright/account/extension'
import type { Logger } from './logging/logger.ts'

/** Removes expired rows of OAuth once an hour, from the time before OAuth was turned off. */
export function createLeftoverSweep(accounts: AccountModule, logger: Logger): BackgroundJob {
  return createBackgroundJob({
    interval: 3600,
    // The package is loaded after the start.
    firstDelay: 300,
    run: async () => {
      const { sweepOAuth } = await import('@lexwright/oauth')
      await sweepOAuth(accounts)
    },
    onFailure: (err) =>
      logger.warn({ err }, 'OAuth rows could not be removed; retried in the next run'),
  })
}

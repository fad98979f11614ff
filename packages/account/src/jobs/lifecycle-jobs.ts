import type { ServiceContext } from '../context.ts'
import { describeFailure } from '../identity/publication.ts'
import { reconcileIdentities } from '../identity/reconcile-identities.ts'
import { purgeAccounts } from '../lifecycle/purge-accounts.ts'
import { createBackgroundJob } from './background-job.ts'

/** The work that accounts leave to be done later: publication and purge. */
export interface LifecycleJobs {
  start(): void
  /** Does what is due once. */
  runOnce(): Promise<void>
  stop(): Promise<void>
}

const RECONCILE_SECONDS = 15
const PURGE_SECONDS = 60
/** When a deletion takes effect at once. */
const PROMPT_PURGE_SECONDS = 1

export function createLifecycleJobs(context: ServiceContext): LifecycleJobs {
  const { logger, policy } = context
  const job = (interval: number, run: () => Promise<unknown>, trouble: string) =>
    createBackgroundJob({
      interval,
      run,
      onFailure: (error) => logger.warn({ reason: describeFailure(error) }, trouble),
    })
  const jobs = [
    job(
      RECONCILE_SECONDS,
      () => reconcileIdentities(context),
      'unpublished DIDs could not be looked for; the next run tries again',
    ),
    job(
      policy.deletionGrace < PURGE_SECONDS ? PROMPT_PURGE_SECONDS : PURGE_SECONDS,
      () => purgeAccounts(context),
      'accounts to be purged could not be looked for; the next run tries again',
    ),
  ]
  return {
    start: () => {
      for (const each of jobs) each.start()
    },
    runOnce: async () => {
      await reconcileIdentities(context)
      await purgeAccounts(context)
    },
    stop: async () => {
      await Promise.all(jobs.map((each) => each.stop()))
    },
  }
}

import { numberChanges } from '../changes/read-changes.ts'
import type { ServiceContext } from '../context.ts'
import { createHandleRechecks } from '../handles/recheck-handles.ts'
import { describeFailure } from '../identity/publication.ts'
import { reconcileIdentities } from '../identity/reconcile-identities.ts'
import { runUpdates } from '../identity/run-updates.ts'
import { deleteDeactivated } from '../lifecycle/deactivate-account.ts'
import { purgeAccounts } from '../lifecycle/purge-accounts.ts'
import { type BackgroundJobOptions, createBackgroundJob } from './background-job.ts'
import { removeExpired } from './remove-expired.ts'

/** Deferred work: publication, DID updates, purges and the removal of old rows. */
export interface AccountJobs {
  start(): void
  /** Runs every due job once. */
  runOnce(): Promise<void>
  stop(): Promise<void>
}

const CLOCK_SECONDS = 60
const NUMBER_SECONDS = 5
const RECONCILE_SECONDS = 15
const RECHECK_SECONDS = 10 * 60
const PURGE_SECONDS = 60
/** Purge interval without a grace period, in seconds. */
const PROMPT_PURGE_SECONDS = 1
const REMOVAL_SECONDS = 5 * 60

export function createAccountJobs(context: ServiceContext): AccountJobs {
  const { logger, policy } = context
  const logFailure = (trouble: string) => (error: unknown) =>
    logger.warn({ reason: describeFailure(error) }, `${trouble}; retried in the next run`)
  const work: readonly BackgroundJobOptions[] = [
    {
      interval: CLOCK_SECONDS,
      firstDelay: CLOCK_SECONDS,
      run: () => context.syncClock(),
      onFailure: logFailure('the clock could not be synchronized with the database'),
    },
    {
      interval: RECONCILE_SECONDS,
      run: () => reconcileIdentities(context),
      onFailure: logFailure('pending DIDs could not be published'),
    },
    {
      interval: NUMBER_SECONDS,
      run: () => numberChanges(context),
      onFailure: logFailure('changes of accounts could not get their sequence numbers'),
    },
    {
      interval: RECONCILE_SECONDS,
      run: () => runUpdates(context),
      onFailure: logFailure('DID updates could not be run'),
    },
    {
      interval: RECHECK_SECONDS,
      run: createHandleRechecks(context),
      onFailure: logFailure('handles of other domains could not be checked'),
    },
    {
      interval: policy.deletionGrace < PURGE_SECONDS ? PROMPT_PURGE_SECONDS : PURGE_SECONDS,
      run: async () => {
        await deleteDeactivated(context)
        await purgeAccounts(context)
      },
      onFailure: logFailure('deleted accounts could not be purged'),
    },
    {
      interval: REMOVAL_SECONDS,
      firstDelay: REMOVAL_SECONDS,
      run: () => removeExpired(context),
      onFailure: logFailure('expired rows could not be removed'),
    },
  ]
  const jobs = work.map(createBackgroundJob)
  return {
    start: () => {
      for (const job of jobs) job.start()
    },
    runOnce: async () => {
      for (const { run } of work) await run()
    },
    stop: async () => {
      await Promise.all(jobs.map((job) => job.stop()))
    },
  }
}

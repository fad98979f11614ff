import type { AccountModule } from '@lexwright/account'
import {
  type AccountExtension,
  type BackgroundJob,
  createBackgroundJob,
  extensionOf,
} from '@lexwright/account/extension'
import { SIGN_IN_SECONDS } from './store/live-account.ts'
import { hasTables } from './store/migrate.ts'
import { oauthMigrations } from './store/migrations.ts'
import { createOAuthStore, type OAuthStore } from './store/store.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/**
 * The provider's maximum lifetime of a session and of a refresh token, plus a day for clock
 * differences.
 */
const SESSION_DAYS = 2 * 365.25 + 1
const REFRESH_DAYS = 365.25 / 4 + 1
/** How long a browser that never signed in is kept after it was last seen. */
const STRANGER_DAYS = 1
const BROWSER_DAYS = 400

const EXPIRED_SECONDS = 5 * MINUTE
const DEAD_SECONDS = HOUR
/** Maximum rows of a kind per statement. */
const BATCH = 5_000
/** Maximum statements per run. */
const MAX_BATCHES = 20

type SweepParts = {
  readonly extension: Pick<AccountExtension, 'now' | 'logger'>
  readonly store: OAuthStore
}

/** Deletes expired rows. */
export async function sweepExpired({ extension, store }: SweepParts): Promise<void> {
  const now = await extension.now()
  const before = (seconds: number): Date => new Date(now.getTime() - seconds * 1000)
  const times = {
    // A code replayed within this time still ends its session.
    now: before(10 * MINUTE),
    refreshedBefore: before(REFRESH_DAYS * DAY),
    begunBefore: before(SESSION_DAYS * DAY),
    strangersBefore: before(STRANGER_DAYS * DAY),
    devicesBefore: before(BROWSER_DAYS * DAY),
    signInsBefore: before(SIGN_IN_SECONDS),
    // Longer than a request lives, which has to resolve its sets before a session can use them.
    resolvedBefore: before(HOUR),
    // Tokens that refer to scopes live 15 minutes at most.
    scopesBefore: before(DAY),
  }
  await inBatches(() => store.sweeps.removeExpired(times, BATCH))
}

/** Deletes rows of deleted accounts, and of accounts with a changed password. */
export async function sweepDead({ store }: SweepParts): Promise<void> {
  await inBatches(() => store.sweeps.removeDead(BATCH))
}

/**
 * Deletes expired rows and those of deleted accounts once, for a service whose authorization server is turned off: rows from
 * before contain addresses of browsers. Does nothing without the tables.
 */
export async function sweepOAuth(accounts: AccountModule): Promise<void> {
  const extension = extensionOf(accounts)
  if (!(await hasTables(extension.queries))) return
  await extension.migrate(oauthMigrations)
  const parts = { extension, store: createOAuthStore(extension.queries) }
  await sweepExpired(parts)
  await sweepDead(parts)
}

async function inBatches(remove: () => Promise<number>): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    if ((await remove()) < BATCH) return
  }
}

export function createSweeps(parts: SweepParts): readonly BackgroundJob[] {
  const onFailure = (err: unknown): void => {
    parts.extension.logger.warn({ err }, 'OAuth rows could not be removed; retried in the next run')
  }
  return [
    createBackgroundJob({
      interval: EXPIRED_SECONDS,
      firstDelay: EXPIRED_SECONDS,
      run: () => sweepExpired(parts),
      onFailure,
    }),
    createBackgroundJob({
      interval: DEAD_SECONDS,
      firstDelay: EXPIRED_SECONDS,
      run: () => sweepDead(parts),
      onFailure,
    }),
  ]
}

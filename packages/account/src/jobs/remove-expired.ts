import { removeOldChanges } from '../changes/read-changes.ts'
import { later, type ServiceContext } from '../context.ts'
import { removeExpiredClaims } from '../handles/claim-handle.ts'
import { removeOldKeys } from '../keys/signing-keys.ts'
import { removeExpiredSessions } from '../sessions/sessions.ts'

/** Expired rows are kept this long, in seconds; nothing depends on their removal. */
const EXPIRED_FOR_SECONDS = 24 * 60 * 60
/** How long an operator can inspect a failed mail, in seconds. */
const FAILED_MAIL_SECONDS = 30 * 24 * 60 * 60
/** Maximum rows of each kind removed per run. */
const BATCH = 5_000

/** Deletes expired rows. */
export async function removeExpired({
  store,
  rateLimits,
  timeOf,
}: Pick<ServiceContext, 'store' | 'rateLimits' | 'timeOf'>): Promise<void> {
  const now = await timeOf(store)
  await removeExpiredSessions({ store }, later(now, -EXPIRED_FOR_SECONDS), BATCH)
  await store.outbox.deleteFailed(later(now, -FAILED_MAIL_SECONDS), BATCH)
  await removeExpiredClaims({ store }, now, BATCH)
  await removeOldKeys({ store }, now, BATCH)
  await removeOldChanges({ store }, now, BATCH)
  await rateLimits.sweep?.(now)
}

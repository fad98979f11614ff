import { announce } from '../changes/announce.ts'
import { forgetChanges } from '../changes/read-changes.ts'
import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AuditActor } from '../db/audit-store.ts'

export interface PurgeReport {
  readonly purged: number
  /** DIDs whose purge failed. */
  readonly failed: readonly string[]
  /** Number of handles released for others. */
  readonly releasedHandles: number
}

const BATCH = 100

/** How long unsent mails of a deleted account may delay its purge, in seconds. */
const MAIL_PATIENCE_SECONDS = 60 * 60

/**
 * Purges every account whose grace period is over, and releases handles after their hold. Each
 * account has its own transaction: a failure, for example in a hook, affects no other account and
 * is retried in the next run. Safe to run in several processes.
 */
export async function purgeAccounts(context: ServiceContext): Promise<PurgeReport> {
  const { store, timeOf, logger } = context
  const now = await timeOf(store)
  const failed: string[] = []
  let purged = 0
  for (let after = ''; ; ) {
    const dids = await store.lifecycle.findPurgeable({
      now,
      mailsSince: later(now, -MAIL_PATIENCE_SECONDS),
      after,
      limit: BATCH,
    })
    for (const did of dids) {
      try {
        const done = await store.transaction((tx) =>
          purgeInTransaction(context, tx, { did, actor: 'system', dueBy: now }),
        )
        if (done) purged++
      } catch (error) {
        failed.push(did)
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error'
        logger.error({ did, reason }, 'a deleted account could not be purged')
      }
    }
    const last = dids.at(-1)
    if (last === undefined) break
    after = last
  }
  return { purged, failed, releasedHandles: await releaseHandles(context, now) }
}

async function releaseHandles(
  { store, policy }: Pick<ServiceContext, 'store' | 'policy'>,
  now: Date,
): Promise<number> {
  const purgedBefore = later(now, -policy.handleHold)
  for (let released = 0; ; ) {
    const count = await store.lifecycle.releaseHandles(purgedBefore, BATCH)
    released += count
    if (count < BATCH) return released
  }
}

/** False if the account is not deleted, not due, or already purged. */
export async function purgeInTransaction(
  context: ServiceContext,
  tx: Tx,
  {
    did,
    actor,
    dueBy,
  }: { readonly did: string; readonly actor: AuditActor; readonly dueBy?: Date },
): Promise<boolean> {
  const at = await context.timeOf(tx)
  if (!(await tx.lifecycle.purge(did, { at, ...(dueBy !== undefined && { dueBy }) }))) return false
  await tx.audit.append({ event: 'account.purged', actor, did, at })
  await forgetChanges(tx, did)
  await announce(context, tx, { kind: 'purged', did, at })
  return true
}

import { later, type ServiceContext } from '../context.ts'
import { type Backoff, backoffSeconds } from '../jobs/backoff.ts'
import { completeRegistration } from '../registration/complete-registration.ts'
import { release } from '../registration/release.ts'
import type { ClaimedOperation } from './did-store.ts'
import { PublicationRefused } from './identity.ts'
import {
  describeFailure,
  publicationLease,
  publish,
  recordPublication,
  retryAfterOf,
} from './publication.ts'

/** Outcome of the due operations. */
export interface ReconciliationReport {
  /** Published in the directory. */
  readonly published: number
  /** Waiting, as there is no directory. */
  readonly deferred: number
  /** Refused; their pending accounts were released. */
  readonly released: number
  /** To be retried later. */
  readonly failed: number
}

type Outcome = keyof ReconciliationReport

/** Operations published concurrently. */
const BATCH = 8

/** Delays between attempts to publish an operation, in seconds. */
const BACKOFF: Backoff = { first: 30, max: 60 * 60 }

/**
 * Finishes what creations and crashes have left: activates or releases pending accounts, and
 * publishes deferred operations once there is a directory.
 *
 * A claim is a lease in the operation's row, so concurrent processes share the work. Publishing the
 * same operation twice is harmless.
 *
 * @param options.evenLater includes operations that wait for a retry.
 */
export async function reconcileIdentities(
  context: ServiceContext,
  options: { readonly evenLater?: boolean } = {},
): Promise<ReconciliationReport> {
  const { store, clock, policy, identity } = context
  const report = { published: 0, deferred: 0, released: 0, failed: 0 }
  if (options.evenLater) await store.dids.bringForward(clock.now())
  for (;;) {
    const now = clock.now()
    const claimed = await store.dids.claim({
      now,
      leaseEnd: later(now, publicationLease(policy)),
      limit: BATCH,
    })
    const outcomes = await Promise.all(claimed.map((operation) => settle(context, operation)))
    for (const outcome of outcomes) report[outcome]++
    // The remaining operations would also fail, after as long a wait.
    if (claimed.length > 0 && outcomes.every((outcome) => outcome === 'failed')) return report
    if (claimed.length > 0) continue
    const hasDirectory = !identity.defers && report.deferred === 0
    const woken = hasDirectory ? await store.dids.wakeDeferred({ now, limit: BATCH }) : 0
    if (woken === 0) return report
  }
}

/** Never rejects for a failed operation. */
async function settle(context: ServiceContext, operation: ClaimedOperation): Promise<Outcome> {
  const { store, clock, logger } = context
  const { did, attempts } = operation
  try {
    const publication = await publish(context, operation)
    await store.transaction(async (tx) => {
      await completeRegistration(context, tx, { did, actor: 'system' })
      await recordPublication(context, tx, { did, publication })
    })
    return publication === 'deferred' ? 'deferred' : 'published'
  } catch (cause) {
    const reason = describeFailure(cause)
    if (cause instanceof PublicationRefused && (await release(context, did))) {
      logger.warn({ did, reason }, 'the directory refused a new DID; its account is released')
      return 'released'
    }
    logger.warn({ did, reason, attempts }, 'a DID could not be published; it will be retried')
    const pause = Math.max(backoffSeconds(attempts, BACKOFF), retryAfterOf(cause))
    const nextAttemptAt = later(clock.now(), pause)
    await store.dids.postpone(did, reason, nextAttemptAt)
    return 'failed'
  }
}

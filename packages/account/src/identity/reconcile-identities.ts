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

/** Outcome of the operations that were due. */
export interface ReconciliationReport {
  /** The directory has them now. */
  readonly published: number
  /** There is no directory; they wait for one. */
  readonly deferred: number
  /** Refused, and their pending accounts released. */
  readonly released: number
  /** To be tried again later. */
  readonly failed: number
}

type Outcome = keyof ReconciliationReport

/** Operations published at once. */
const BATCH = 8

/** Between attempts to publish an operation. */
const BACKOFF: Backoff = { first: 30, max: 60 * 60 }

/**
 * Works off what creations and crashes have left behind: accounts that stayed pending are activated
 * or released, and operations that waited for a directory are published once there is one.
 *
 * A claim is a lease in the operation's row, so that processes side by side share the work; and
 * should two of them publish the same operation after all, nothing comes of it.
 *
 * @param options.evenLater also what failed lately and would only be tried again later.
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
    // The rest would fare alike, after as long a wait.
    if (claimed.length > 0 && outcomes.every((outcome) => outcome === 'failed')) return report
    if (claimed.length > 0) continue
    const hasDirectory = !identity.defers && report.deferred === 0
    const woken = hasDirectory ? await store.dids.wakeDeferred({ now, limit: BATCH }) : 0
    if (woken === 0) return report
  }
}

/** Never rejects for what has to do with the operation. */
async function settle(context: ServiceContext, operation: ClaimedOperation): Promise<Outcome> {
  const { store, clock, logger } = context
  const { did, attempts } = operation
  try {
    const publication = await publish(context, operation)
    await store.transaction(async (tx) => {
      await completeRegistration(context, tx, { did, actor: 'system' })
      await recordPublication(context, tx, { did, publication })
    })
    return publication
  } catch (cause) {
    const reason = describeFailure(cause)
    if (cause instanceof PublicationRefused && (await release(context, did))) {
      logger.warn({ did, reason }, 'the directory refused a new DID; its account is released')
      return 'released'
    }
    logger.warn({ did, reason, attempts }, 'a DID could not be published; it is tried again')
    const pause = Math.max(backoffSeconds(attempts, BACKOFF), retryAfterOf(cause))
    const nextAttemptAt = later(clock.now(), pause)
    await store.dids.postpone(did, reason, nextAttemptAt)
    return 'failed'
  }
}

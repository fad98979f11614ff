import { later, type ServiceContext } from '../context.ts'
import { handleChange } from '../handles/change-handle.ts'
import { keyReplacement } from '../keys/replace-key.ts'
import type { DidUpdateKind } from './did-update-store.ts'
import { logRefresh } from './log-refresh.ts'
import { publicationLease } from './publication.ts'
import { recoveryKeyRemoval } from './remove-recovery-key.ts'
import { settleUpdate, type UpdateRules } from './update-saga.ts'

const rulesOf: Readonly<Record<DidUpdateKind, UpdateRules>> = {
  'recovery-key': recoveryKeyRemoval,
  handle: handleChange,
  'signing-key': keyReplacement,
  look: logRefresh,
}

const BATCH = 8

/** Counts of due DID updates, by outcome. */
export interface UpdateReport {
  /** Updates published, or finished otherwise. */
  readonly settled: number
  /** To be retried later. */
  readonly failed: number
}

/**
 * Continues every due DID update. A claim is a lease, so concurrent processes share the work.
 *
 * @param options.evenLater includes updates that wait for a retry.
 */
export async function runUpdates(
  context: ServiceContext,
  options: { readonly evenLater?: boolean } = {},
): Promise<UpdateReport> {
  const { store, clock, policy, identity } = context
  const report = { settled: 0, failed: 0 }
  if (identity.updates === undefined) return report
  if (options.evenLater) await store.didUpdates.bringForward(clock.now())
  for (;;) {
    const now = clock.now()
    const claimed = await store.didUpdates.claim({
      now,
      leaseEnd: later(now, publicationLease(policy)),
      limit: BATCH,
    })
    const outcomes = await Promise.all(
      claimed.map((claim) => settleUpdate(context, rulesOf[claim.kind], claim)),
    )
    for (const isSettled of outcomes) report[isSettled ? 'settled' : 'failed']++
    // The remaining updates would also fail, after as long a wait.
    if (!outcomes.includes(true)) return report
  }
}

import type { ServiceContext, Tx } from '../context.ts'
import { isServed } from './handle.ts'
import type { HandleClaim } from './handle-claim-store.ts'

/**
 * Claims a handle for an account; false if another account has it or it is reserved for its last
 * owner.
 */
export async function claimHandle(
  { clock, policy }: Pick<ServiceContext, 'clock' | 'policy'>,
  tx: Tx,
  claim: HandleClaim,
): Promise<boolean> {
  const isElsewhere = !isServed(claim.handle, policy.handles.domains)
  return await tx.handleClaims.claim({ ...claim, now: clock.now(), isElsewhere })
}

/** True if the handle is available to an account. */
export async function isHandleFree(
  { store, clock }: Pick<ServiceContext, 'clock'> & HandleStore,
  handle: string,
): Promise<boolean> {
  return await store.handleClaims.isFree(handle, { now: clock.now() })
}

/** Deletes expired reservations of former handles. */
export async function removeExpiredClaims(
  { store }: HandleStore,
  now: Date,
  limit: number,
): Promise<void> {
  await store.handleClaims.deleteExpired(now, limit)
}

interface HandleStore {
  readonly store: Pick<Tx, 'handleClaims'>
}

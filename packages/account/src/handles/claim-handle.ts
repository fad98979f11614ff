import type { ServiceContext, Tx } from '../context.ts'
import type { HandleClaim } from './handle-claim-store.ts'

/** Claims a handle for an account; false if it is another one's, or held for its last owner. */
export async function claimHandle(
  { clock }: Pick<ServiceContext, 'clock'>,
  tx: Tx,
  claim: HandleClaim,
): Promise<boolean> {
  return await tx.handleClaims.claim({ ...claim, now: clock.now() })
}

/** True if an account could have a handle now. */
export async function isHandleFree(
  { store, clock }: Pick<ServiceContext, 'clock'> & HandleStore,
  handle: string,
): Promise<boolean> {
  return await store.handleClaims.isFree(handle, { now: clock.now() })
}

/** Forgets former handles that their last owners no longer can take back. */
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

import { later, type ServiceContext, type Tx } from '../context.ts'
import { TemporarilyUnavailable } from '../errors.ts'
import type { ClaimedUpdate, NewUpdate } from './did-update-store.ts'
import { publicationLease } from './publication.ts'

/**
 * Stores and claims an update, or resumes an interrupted one of the same kind.
 *
 * @throws {TemporarilyUnavailable} while another update of the kind is running.
 */
export async function reserveUpdate(
  { clock, policy }: ServiceContext,
  tx: Tx,
  update: Omit<NewUpdate, 'dueAt'>,
): Promise<ClaimedUpdate> {
  const now = clock.now()
  const leaseEnd = later(now, publicationLease(policy))
  const claim = await tx.didUpdates.reserve(update, { now, leaseEnd })
  if (claim !== undefined) return claim
  throw new TemporarilyUnavailable('The identity is being changed; try again later', {
    retryAfterSeconds: 30,
  })
}

/** Queues reading the directory's log of a DID. */
export async function queueLogRefresh(
  { clock }: Pick<ServiceContext, 'clock'>,
  tx: Tx,
  did: string,
): Promise<void> {
  await tx.didUpdates.insert({ did, kind: 'look', subject: '', dueAt: clock.now() })
}

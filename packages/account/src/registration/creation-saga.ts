import type { ServiceContext, Tx } from '../context.ts'
import { HandleNotAvailable, IdentityRefused, TemporarilyUnavailable } from '../errors.ts'
import { claimHandle } from '../handles/claim-handle.ts'
import { type Publication, PublicationRefused, type SignedGenesis } from '../identity/identity.ts'
import { createIdentity, storeIdentity } from '../identity/new-identity.ts'
import {
  describeFailure,
  publish,
  recordFailure,
  recordPublication,
  retryAfterOf,
} from '../identity/publication.ts'
import { takeInvite } from '../invites/use-invite.ts'
import { openSession, type Session } from '../sessions/sessions.ts'
import { violatedUniqueConstraint } from '../store.ts'
import type { WantedAccount } from './check-request.ts'
import { completeRegistration } from './complete-registration.ts'
import { release } from './release.ts'

/*
 * An account and its DID come into being in three steps, because the directory is elsewhere and a
 * transaction must not wait for it:
 *
 *   reserve   a transaction    handle, email and an invite use are taken; the account is `pending`,
 *                              its operation signed and stored
 *   publish   no transaction   the directory learns of the DID
 *   activate  a transaction    the account is `active`, with its session and audit entry
 *
 * Whatever dies in between leaves a pending account, which is resumed (by its owner's next try, or by
 * the reconciler of any process) or released. A refusal by the directory releases it at once.
 */

/** A pending account: its DID is decided, and nobody else gets its handle, email and invite use. */
export interface Reservation extends SignedGenesis {
  readonly handle: string
}

/**
 * Reserves everything in one transaction; undefined if handle or email went to somebody else
 * meanwhile.
 *
 * @throws {InvalidInviteCode} when the last use went to somebody else.
 */
export async function reserve(
  context: ServiceContext,
  wanted: WantedAccount,
  passwordHash: string,
): Promise<Reservation | undefined> {
  const { store, clock } = context
  const identity = await createIdentity(context, wanted)
  const { did, operation } = identity
  const now = clock.now()

  try {
    await store.transaction(async (tx) => {
      await tx.registrations.insertPending({
        did,
        handle: wanted.handle,
        email: wanted.email.typed,
        emailCanonical: wanted.email.canonical,
        passwordHash,
        recoveryKey: wanted.recoveryKey,
        inviteCode: wanted.inviteCode,
        createdAt: now,
      })
      if (!(await claimHandle(context, tx, { did, handle: wanted.handle }))) {
        throw new HandleNotAvailable('Handle is already taken', { taken: wanted.handle })
      }
      await storeIdentity(context, tx, { identity, at: now })
      // Last, because everybody who signs up with this code waits for its row.
      if (wanted.inviteCode !== null) await takeInvite(tx, wanted.inviteCode)
    })
  } catch (error) {
    if (violatedUniqueConstraint(error) !== undefined) return undefined
    throw error
  }
  return { did, operation, handle: wanted.handle }
}

/**
 * Publishes the DID and activates the account.
 *
 * @throws {IdentityRefused} after releasing the reservation.
 * @throws {TemporarilyUnavailable} leaving it pending, to be resumed.
 */
export async function activate(
  context: ServiceContext,
  reservation: Reservation,
): Promise<Session> {
  const publication = await publishOrRelease(context, reservation)
  const session = await context.store.transaction((tx) =>
    activateIn(tx, { context, reservation, publication }),
  )
  if (session !== undefined) return session
  throw new TemporarilyUnavailable('The registration was interrupted; try again', {
    retryAfterSeconds: 1,
  })
}

/**
 * The same for an account that the operator creates: without a session.
 *
 * @param follow what belongs to it, in its transaction; also when another process was faster.
 */
export async function activateForOwner(
  context: ServiceContext,
  reservation: Reservation,
  follow: (tx: Tx) => Promise<void>,
): Promise<void> {
  const { did } = reservation
  const publication = await publishOrRelease(context, reservation)
  await context.store.transaction(async (tx) => {
    const completed = await completeRegistration(context, tx, { did, actor: 'admin' })
    if (completed !== undefined) await recordPublication(context, tx, { did, publication })
    await follow(tx)
  })
}

async function publishOrRelease(
  context: ServiceContext,
  reservation: Reservation,
): Promise<Publication> {
  const { logger } = context
  const { did } = reservation
  try {
    return await publish(context, reservation)
  } catch (cause) {
    const reason = describeFailure(cause)
    if (cause instanceof PublicationRefused) {
      await release(context, did)
      logger.warn({ did, reason }, 'the directory refused a new DID; its account is released')
      throw new IdentityRefused('The identity directory refused the new account', { cause })
    }
    await recordFailure(context, did, reason)
    throw new TemporarilyUnavailable(
      'The identity directory cannot be reached; the same request can be sent again',
      { cause, retryAfterSeconds: retryAfterOf(cause) || 10, part: 'directory' },
    )
  }
}

interface Activation {
  readonly context: ServiceContext
  readonly reservation: Reservation
  readonly publication: Publication
}

/** Undefined if there is nothing left to activate. */
async function activateIn(
  tx: Tx,
  { context, reservation, publication }: Activation,
): Promise<Session | undefined> {
  const { did } = reservation
  const completed = await completeRegistration(context, tx, { did, actor: 'owner' })
  if (completed === undefined) {
    // Another request with the same password, or the reconciler, was faster. Epoch 0: nothing has
    // been reset or revoked since.
    const isOurs = (await tx.registrations.findActiveEpoch(did)) === 0
    return isOurs ? await openSession(context, tx, { did, epoch: 0 }) : undefined
  }
  await recordPublication(context, tx, { did, publication })
  return await openSession(context, tx, { did, epoch: completed.epoch })
}

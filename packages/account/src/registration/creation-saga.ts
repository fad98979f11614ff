import type { ServiceContext, Tx } from '../context.ts'
import {
  AccountError,
  HandleNotAvailable,
  IdentityRefused,
  TemporarilyUnavailable,
} from '../errors.ts'
import { claimHandle } from '../handles/claim-handle.ts'
import {
  type Publication,
  PublicationRefused,
  type PublishedLog,
  type SignedGenesis,
} from '../identity/identity.ts'
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
 * An account and its DID are created in three steps, because the directory is remote and a
 * transaction must not wait for it:
 *
 *   reserve   a transaction    takes handle, email and an invite use; the account is `pending`, its
 *                              operation signed and stored
 *   publish   no transaction   sends the operation to the directory
 *   activate  a transaction    the account is `active`, with its session and audit entry
 *
 * A crash in between leaves a pending account, which is resumed (by its owner's next attempt, or by
 * the reconciler of any process) or released. A refusal by the directory releases it at once.
 */

/** A pending account: its DID is decided, and its handle, email and invite use are reserved. */
export interface Reservation extends SignedGenesis {
  readonly handle: string
}

/**
 * Reserves everything in one transaction; undefined if the handle or email was taken in the
 * meantime.
 *
 * @throws {InvalidInviteCode} if the last use was taken in the meantime.
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
      // Last, because all sign-ups with this code wait for its row.
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
 * @throws {IdentityRefused} The reservation is released.
 * @throws {TemporarilyUnavailable} The account stays pending and can be resumed.
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
 * Like {@link activate}, for an account created by the operator: without a session.
 *
 * @param follow further changes in its transaction; runs even if another process activated it
 * first.
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
): Promise<Publication | PublishedLog> {
  const { logger } = context
  const { did } = reservation
  try {
    return await publish(context, reservation)
  } catch (cause) {
    const reason = describeFailure(cause)
    if (cause instanceof PublicationRefused) {
      await release(context, did)
      logger.warn({ did, reason }, 'the directory refused a new DID; its account is released')
      // The provider may have given an error of the domain as the cause.
      if (cause.cause instanceof AccountError) throw cause.cause
      throw new IdentityRefused('The identity directory refused the new account', { cause })
    }
    await recordFailure(context, did, reason)
    const [name, part] =
      context.identity.repositories === undefined
        ? ['identity directory', 'directory']
        : ['host of the account', 'host']
    throw new TemporarilyUnavailable(
      `The ${name} cannot be reached; the same request can be sent again`,
      { cause, retryAfterSeconds: retryAfterOf(cause) || 10, part },
    )
  }
}

interface Activation {
  readonly context: ServiceContext
  readonly reservation: Reservation
  readonly publication: Publication | PublishedLog
}

/** Undefined if there is nothing left to activate. */
async function activateIn(
  tx: Tx,
  { context, reservation, publication }: Activation,
): Promise<Session | undefined> {
  const { did } = reservation
  const completed = await completeRegistration(context, tx, { did, actor: 'owner' })
  if (completed === undefined) {
    // Another request with the same password, or the reconciler, was first. Epoch 0: no reset or
    // revocation since.
    const isOurs = (await tx.registrations.findActiveEpoch(did)) === 0
    return isOurs ? await openSession(context, tx, { did, epoch: 0 }) : undefined
  }
  await recordPublication(context, tx, { did, publication })
  return await openSession(context, tx, { did, epoch: completed.epoch })
}

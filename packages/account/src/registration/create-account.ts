import { later, type ServiceContext } from '../context.ts'
import { EmailNotAvailable, HandleNotAvailable, TemporarilyUnavailable } from '../errors.ts'
import { isHandleFree } from '../handles/claim-handle.ts'
import { isInviteUsable, unusableInvite } from '../invites/use-invite.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import { type SessionTokens, signSession } from '../sessions/sessions.ts'
import { type CreateAccountRequest, checkRequest, type WantedAccount } from './check-request.ts'
import { activate, type Reservation, reserve } from './creation-saga.ts'

export type { CreateAccountRequest } from './check-request.ts'

export interface CreatedAccount extends SessionTokens {
  readonly did: string
  readonly handle: string
}

/**
 * For how long a registration whose answer got lost can be sent again after the reconciler has
 * finished it.
 */
const RESUMABLE_SECONDS = 24 * 60 * 60

/** Tries when concurrent requests take the handle or the email address and release it again. */
const MAX_ATTEMPTS = 3

/**
 * Creates an account and its first session. The order of the checks is part of the contract: rules,
 * then the invite, and only then whether handle and email are free, so that nobody without an
 * invite can ask who has an account.
 *
 * A request that finds its own reservation (same handle, email and password, and nobody was answered
 * yet) carries on with it, and gets the same DID.
 *
 * @throws {AccountError}
 */
export async function createAccount(
  context: ServiceContext,
  request: CreateAccountRequest,
  caller: Caller,
): Promise<CreatedAccount> {
  await context.budgets.spend(caller, (key) => [{ limit: 'create', of: [key] }])
  const wanted = await checkRequest(context.policy, request)
  const reservation = await findOrReserve(context, wanted, {
    caller: callerKey(caller),
    isPasswordKnown: true,
  })
  const session = await activate(context, reservation)
  const { accessJwt, refreshJwt } = await signSession(context, session)
  return { accessJwt, refreshJwt, did: session.did, handle: wanted.handle }
}

/**
 * Two requests for one handle may both find it free; the unique constraints let one of them
 * through. The other one looks again, so that it is answered in the same order as if it had come
 * later.
 */
export async function findOrReserve(
  context: ServiceContext,
  wanted: WantedAccount,
  by: Registrant,
): Promise<Reservation> {
  let passwordHash: string | undefined
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const own = await findOwnReservation(context, wanted, by)
    if (own !== undefined) return own
    await assertAvailable(context, wanted)
    passwordHash ??= await context.hasher.hash(wanted.password, by.caller)
    const reservation = await reserve(context, wanted, passwordHash)
    if (reservation !== undefined) return reservation
  }
  throw new TemporarilyUnavailable('Such an account is being registered; try again', {
    retryAfterSeconds: 5,
  })
}

/** Who registers an account. */
interface Registrant {
  /** Key by which the queue of hashes shares its room between callers; null for unlimited ones. */
  readonly caller: string | null
  /** False if the password was drawn, and is not what an interrupted request is known by. */
  readonly isPasswordKnown: boolean
}

async function findOwnReservation(
  context: ServiceContext,
  { handle, email, password, inviteCode }: WantedAccount,
  { caller, isPasswordKnown }: Registrant,
): Promise<Reservation | undefined> {
  const { store, hasher, clock } = context
  const pending = await store.registrations.findUnanswered({
    handle,
    emailCanonical: email.canonical,
    unansweredSince: later(clock.now(), -RESUMABLE_SECONDS),
  })
  if (pending === undefined) return undefined
  // Without an invite there is nothing to learn here; the one it was made with may be used up by it.
  const isInvited = pending.inviteCode === inviteCode || (await isInviteUsable(context, inviteCode))
  if (!isInvited) return undefined
  const isOurs =
    !isPasswordKnown || (await hasher.verify(password, pending.passwordHash, caller)).ok
  return isOurs ? { did: pending.did, operation: pending.operation, handle } : undefined
}

async function assertAvailable(
  context: ServiceContext,
  { handle, email, inviteCode }: WantedAccount,
): Promise<void> {
  const { store } = context
  if (!(await isInviteUsable(context, inviteCode))) {
    throw unusableInvite(inviteCode)
  }
  if (!(await isHandleFree(context, handle))) {
    throw new HandleNotAvailable('Handle is already taken', { taken: handle })
  }
  if (await store.registrations.isEmailTaken(email.canonical)) {
    throw new EmailNotAvailable('Email is already in use', { taken: email.typed })
  }
}

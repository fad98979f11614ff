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
 * How long a registration with a lost answer can be repeated after the reconciler has finished it.
 */
const RESUMABLE_SECONDS = 24 * 60 * 60

/** Attempts when concurrent requests take the handle or the email address and release it again. */
const MAX_ATTEMPTS = 3

/**
 * Creates an account and its first session. The order of the checks is part of the contract: rules,
 * then the invite, then conflicts of handle and email, so nobody can probe for accounts without an
 * invite.
 *
 * A request that matches its own reservation (same handle, email and password, not answered yet)
 * resumes it and gets the same DID.
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
 * Two requests for a handle may both find it free; the unique constraints admit one. The other one
 * checks again and gets the same answer as a later request.
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
  throw new TemporarilyUnavailable(
    'An account with this handle or email address is being registered; try again',
    {
      retryAfterSeconds: 5,
    },
  )
}

/** The party registering an account. */
interface Registrant {
  /** Key of the caller in the hashing queue; null for unlimited callers. */
  readonly caller: string | null
  /** False if the password was generated, so it cannot identify an interrupted request. */
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
  // An uninvited request must learn nothing here; the invite of the reservation may be used up by
  // it.
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

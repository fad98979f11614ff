import {
  EmailNotAvailable,
  HandleNotAvailable,
  InvalidInviteCode,
  TemporarilyUnavailable,
} from '../errors.ts'
import { later, type ServiceContext } from './context.ts'
import { activate, type Reservation, reserve } from './creation-saga.ts'
import { checkEmail, type EmailAddress } from './rules/email.ts'
import { checkHandle } from './rules/handle.ts'
import { normalizeInviteCode } from './rules/invite-code.ts'
import { checkBreached, checkPassword } from './rules/password.ts'
import { checkRecoveryKey } from './rules/recovery-key.ts'
import { type SessionTokens, signSession } from './sessions.ts'

export interface CreateAccountRequest {
  readonly handle: string
  readonly email: string
  readonly password: string
  readonly recoveryKey?: string | undefined
  readonly inviteCode?: string | undefined
}

export interface CreatedAccount extends SessionTokens {
  readonly did: string
  readonly handle: string
}

/** A request that broke no rule. */
export interface WantedAccount {
  readonly handle: string
  readonly email: EmailAddress
  /** In NFC. */
  readonly password: string
  readonly recoveryKey: string | null
  /** Null when no invite is needed. */
  readonly inviteCode: string | null
}

/**
 * For how long a registration whose answer got lost can be sent again after the reconciler has
 * finished it.
 */
const RESUMABLE_SECONDS = 24 * 60 * 60

/** How often handle or email may be snatched away and let go again under our hands. */
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
): Promise<CreatedAccount> {
  const wanted = await checkRequest(context, request)
  const reservation = await findOrReserve(context, wanted)
  const session = await activate(context, reservation)
  context.reach('create:activated')
  const { accessJwt, refreshJwt } = await signSession(context, session)
  return { accessJwt, refreshJwt, did: session.did, handle: wanted.handle }
}

async function checkRequest(
  { policy }: ServiceContext,
  request: CreateAccountRequest,
): Promise<WantedAccount> {
  const handle = checkHandle(request.handle, policy.handles)
  const email = checkEmail(request.email)
  const password = checkPassword(request.password, { handle, email: email.typed })
  await checkBreached(password, policy.breachedPasswords)
  const recoveryKey =
    request.recoveryKey === undefined ? null : checkRecoveryKey(request.recoveryKey)
  const inviteCode = policy.inviteRequired ? normalizeInviteCode(request.inviteCode) : null
  return { handle, email, password, recoveryKey, inviteCode }
}

/**
 * Two requests for one handle may both find it free; the unique constraints let one of them
 * through. The other one looks again, so that it is answered in the same order as if it had come
 * later.
 */
async function findOrReserve(context: ServiceContext, wanted: WantedAccount): Promise<Reservation> {
  let passwordHash: string | undefined
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const own = await findOwnReservation(context, wanted)
    if (own !== undefined) return own
    await assertAvailable(context, wanted)
    passwordHash ??= await context.hasher.hash(wanted.password)
    context.reach('create:hashed')
    const reservation = await reserve(context, wanted, passwordHash)
    if (reservation !== undefined) return reservation
  }
  throw new TemporarilyUnavailable('Handle or email is being registered; try again', {
    retryAfterSeconds: 5,
  })
}

async function findOwnReservation(
  { store, hasher, clock }: ServiceContext,
  { handle, email, password, inviteCode }: WantedAccount,
): Promise<Reservation | undefined> {
  const pending = await store.accounts.findUnanswered({
    handle,
    emailCanonical: email.canonical,
    unansweredSince: later(clock.now(), -RESUMABLE_SECONDS),
  })
  // Only with the invite it was made with: without one there is nothing to learn here.
  if (pending === undefined || pending.inviteCode !== inviteCode) return undefined
  const { ok } = await hasher.verify(password, pending.passwordHash)
  return ok ? { did: pending.did, operation: pending.operation, handle } : undefined
}

async function assertAvailable(
  { store, policy }: ServiceContext,
  { handle, email, inviteCode }: WantedAccount,
): Promise<void> {
  if (policy.inviteRequired) {
    const usable = inviteCode !== null && (await store.invites.isUsable(inviteCode))
    if (!usable) throw new InvalidInviteCode('Invite code is missing or cannot be used')
  }
  if (await store.accounts.isHandleTaken(handle)) {
    throw new HandleNotAvailable('Handle is already taken')
  }
  if (await store.accounts.isEmailTaken(email.canonical)) {
    throw new EmailNotAvailable('Email is already in use')
  }
}

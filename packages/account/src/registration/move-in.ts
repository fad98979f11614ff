import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import {
  DidNotAvailable,
  EmailNotAvailable,
  HandleNotAvailable,
  UnresolvableDid,
  WrongCredentials,
} from '../errors.ts'
import { claimHandle, isHandleFree } from '../handles/claim-handle.ts'
import { checkNewHandle } from '../handles/new-handle.ts'
import { type DidState, readDidState } from '../identity/did-state.ts'
import { endpointOf } from '../identity/home.ts'
import { rememberState } from '../identity/remember-state.ts'
import { isInviteUsable, takeInvite, unusableInvite } from '../invites/use-invite.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import { openSession, type Session, signSession } from '../sessions/sessions.ts'
import { violatedUniqueConstraint } from '../store.ts'
import { type CreateAccountRequest, checkRequest, type WantedAccount } from './check-request.ts'
import type { CreatedAccount } from './create-account.ts'
import { giveHome } from './give-home.ts'
import { type Admission, readmit } from './readmit.ts'

export interface MoveInRequest extends Omit<CreateAccountRequest, 'recoveryKey'> {
  /** Proven by a service token of the old host, which the caller has verified. */
  readonly did: string
}

/*
 * An account moves in from another host, in one transaction, because its DID already exists. It
 * starts deactivated, with the signing key reserved for its DID, and is activated once its DID
 * names this service. Behind an entryway, its host creates it only then. Repeating the request with the same password before the first activation
 * begins another session. An account that has moved out comes back the same way.
 */

/**
 * Creates an account for an existing DID.
 *
 * @throws {AccountError}
 */
export async function moveIn(
  context: ServiceContext,
  request: MoveInRequest,
  caller: Caller,
): Promise<CreatedAccount> {
  const { did } = request
  await context.budgets.spend(caller, (key) => [{ limit: 'create', of: [key] }])
  const wanted = await checkRequest(context.policy, request, (typed) =>
    checkNewHandle(context, { typed, did, byOperator: false }),
  )
  const state = await readDidState(context, did)
  if (state === undefined) throw new UnresolvableDid('The DID cannot be resolved')
  const session =
    (await resume(context, { did, wanted, caller, state })) ??
    (await settleIn(context, { did, wanted, caller, state }))
  const { accessJwt, refreshJwt } = await signSession(context, session)
  return { accessJwt, refreshJwt, did, handle: wanted.handle }
}

interface Arrival {
  readonly did: string
  readonly wanted: WantedAccount
  readonly caller: Caller
  readonly state: DidState
}

/** Undefined if the DID has no account here, or the account has moved out. */
async function resume(
  context: ServiceContext,
  { did, wanted, caller, state }: Arrival,
): Promise<Session | undefined> {
  const { store, hasher } = context
  const known = await store.registrations.findArrival(did)
  if (known === undefined) return undefined
  const { passwordHash, isWaiting, handle, epoch } = known
  if (!isWaiting || passwordHash === null) {
    const here = await store.transaction((tx) => endpointOf(context, tx, did))
    if (state.endpoint !== here) return undefined
    throw new DidNotAvailable('An account with this DID already exists')
  }
  if (handle !== wanted.handle) {
    throw new DidNotAvailable('An account with this DID already exists')
  }
  const { ok } = await hasher.verify(wanted.password, passwordHash, callerKey(caller))
  if (!ok) throw new WrongCredentials('Wrong name or password')
  const place = await findPlace(context, { did, wanted, state })
  return await store.transaction(async (tx) => {
    await place?.keep(tx.queries)
    return await openSession(context, tx, { did, epoch })
  })
}

async function findPlace(
  { identity }: ServiceContext,
  { did, wanted: { handle }, state: { endpoint } }: Omit<Arrival, 'caller'>,
) {
  return await identity.repositories?.arrivals.findPlace({ did, handle, endpoint })
}

async function settleIn(
  context: ServiceContext,
  { did, wanted, caller, state }: Arrival,
): Promise<Session> {
  const { store, hasher } = context
  const { handle, email, inviteCode } = wanted
  if (!(await isInviteUsable(context, inviteCode))) throw unusableInvite(inviteCode)
  // A returning account may already own the handle and the address.
  const isKnown = (await store.registrations.findArrival(did)) !== undefined
  if (!isKnown && !(await isHandleFree(context, handle))) throw taken(handle)
  if (!isKnown && (await store.registrations.isEmailTaken(email.canonical))) throw usedEmail()
  const place = await findPlace(context, { did, wanted, state })
  const passwordHash = await hasher.hash(wanted.password, callerKey(caller))
  const arrival = { did, wanted, state, passwordHash, place }
  try {
    return await store.transaction((tx) =>
      isKnown ? readmit(context, tx, arrival) : insert(context, tx, arrival),
    )
  } catch (error) {
    const constraint = violatedUniqueConstraint(error)
    if (constraint === undefined) throw error
    if (constraint === 'account_pkey') {
      throw new DidNotAvailable('An account with this DID already exists')
    }
    throw constraint === 'account_handle_key' ? taken(handle) : usedEmail()
  }
}

async function insert(
  context: ServiceContext,
  tx: Tx,
  { did, wanted, state, passwordHash, place }: Admission,
): Promise<Session> {
  const at = context.clock.now()
  const { handle, email, inviteCode } = wanted
  await tx.registrations.insertArrival({
    did,
    handle,
    email: email.typed,
    emailCanonical: email.canonical,
    passwordHash,
    recoveryKey: null,
    inviteCode,
    createdAt: at,
  })
  if (!(await claimHandle(context, tx, { did, handle }))) throw taken(handle)
  await giveHome(context, tx, { did, place, at })
  await rememberState(context, tx, { did, source: state.source, at })
  await tx.audit.append({ event: 'account.moved-in', actor: 'owner', did, at })
  await announce(context, tx, { kind: 'created', did, handle, at })
  await announce(context, tx, { kind: 'deactivated', did, at })
  const session = await openSession(context, tx, { did, epoch: 0 })
  // Last, because all sign-ups with this code wait for its row.
  if (inviteCode !== null) await takeInvite(tx, inviteCode)
  return session
}

function taken(handle: string): HandleNotAvailable {
  return new HandleNotAvailable('Handle is already taken', { taken: handle })
}

function usedEmail(): EmailNotAvailable {
  return new EmailNotAvailable('Email is already in use')
}

import { announce } from '../changes/announce.ts'
import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AuditActor } from '../db/audit-store.ts'
import { AccountNotFound, HandleNotAvailable, InvalidHandle } from '../errors.ts'
import { changeLocally } from '../identity/change-locally.ts'
import { readWebDocument, storeWebDocument, type WebDocument } from '../identity/did-web.ts'
import { claimedHandle, type DidData } from '../identity/operation.ts'
import { publishNow } from '../identity/publish-now.ts'
import { reserveUpdate } from '../identity/reserve-update.ts'
import type { ClaimedUpdate, UpdateRules } from '../identity/update-saga.ts'
import type { Caller } from '../limits/caller.ts'
import type { HandleClaim } from './handle-claim-store.ts'
import { checkNewHandle } from './new-handle.ts'

export interface ChangeHandleRequest {
  readonly did: string
  readonly handle: string
}

/**
 * Gives an account another handle: holds it, changes the DID, and lets the account follow. The old one is held for its owner
 * for a while. Asking for the same again carries on with what was interrupted.
 *
 * @throws {InvalidHandle} @throws {HandleNotAvailable}
 * @throws {IdentityRefused} when the directory will not have it, or the service has no key in the DID.
 * @throws {TemporarilyUnavailable} leaving the change to be finished or undone later.
 */
export async function changeHandle(
  context: ServiceContext,
  { did, handle: typed }: ChangeHandleRequest,
  caller: Caller,
): Promise<void> {
  await context.budgets.spend(caller, () => [
    { limit: 'handle', of: [did] },
    { limit: 'handleDaily', of: [did] },
  ])
  await changeHandleAs(context, { did, typed, actor: 'owner' })
}

/** As {@link changeHandle}, by the operator too: who may give reserved names, and is not counted. */
export async function changeHandleAs(
  context: ServiceContext,
  {
    did,
    typed,
    actor,
  }: { readonly did: string; readonly typed: string; readonly actor: AuditActor },
): Promise<void> {
  const byOperator = actor === 'admin'
  const handle = await checkNewHandle(context, { typed, did, byOperator })
  const document = did.startsWith('did:web:')
    ? await demandClaim(context, { did, handle })
    : undefined
  const claim = await reserve(context, { did, handle, actor, document })
  if (claim !== undefined) await publishNow(context, handleChange, claim)
}

/** Nobody but its owner writes the document of a `did:web`, so the handle has to be in it already. */
async function demandClaim(
  context: ServiceContext,
  { did, handle }: HandleClaim,
): Promise<WebDocument> {
  const document = await readWebDocument(context, did)
  if (document?.alsoKnownAs.includes(`at://${handle}`)) return document
  throw new InvalidHandle('The DID document does not name the handle', { rule: 'unproven' })
}

interface WantedChange extends HandleClaim {
  readonly actor: AuditActor
  /** Of a `did:web`. */
  readonly document: WebDocument | undefined
}

/** Undefined if there is nothing to publish: it is done already. */
async function reserve(
  context: ServiceContext,
  { did, handle, actor, document }: WantedChange,
): Promise<ClaimedUpdate | undefined> {
  const { store, clock, identity } = context
  return await store.transaction(async (tx) => {
    const account = await tx.accounts.lockForChange(did)
    if (account === undefined) throw new AccountNotFound('Account not found')
    if (account.handle === handle) return undefined
    const at = clock.now()
    if (!(await tx.handleClaims.claim({ handle, did, now: at }))) {
      throw new HandleNotAvailable(`Handle already taken: ${handle}`, { taken: handle })
    }
    await tx.audit.append({ event: 'handle.change-began', actor, did, at })
    if (document !== undefined) await storeWebDocument(tx, document)
    else if (identity.updates !== undefined) {
      return await reserveUpdate(context, tx, { did, kind: 'handle', subject: handle })
    } else await changeLocally(context, tx, { did, change: (data) => renamed(data, handle) })
    await giveHandle(context, tx, { did, handle, at })
    return undefined
  })
}

/** Puts another handle into a DID. */
export const handleChange: UpdateRules = {
  isIn: (data, handle) => claimedHandle(data) === handle,
  change: renamed,
  isOverWhenRefused: true,
  mayFollow: (context, { did, subject }) => mayHave(context, { did, handle: subject }),
  finish: async (context, tx, { did, subject: handle, finding, at }) => {
    const isInDid = finding === 'done' || finding === 'changed-elsewhere'
    if (isInDid && (await tx.handleClaims.claim({ handle, did, now: at }))) {
      await giveHandle(context, tx, { did, handle, at })
      return
    }
    await tx.handleClaims.release({ handle, did })
    const detail = { finding }
    await tx.audit.append({ event: 'handle.change-undone', actor: 'system', did, detail, at })
  },
}

/** A handle that was asked for here is held; one that only the DID names has to keep the rules. */
async function mayHave(context: ServiceContext, { did, handle }: HandleClaim): Promise<boolean> {
  if (await context.store.handleClaims.isHeldFor({ did, handle })) return true
  try {
    return (await checkNewHandle(context, { typed: handle, did, byOperator: false })) === handle
  } catch (cause) {
    if (cause instanceof InvalidHandle || cause instanceof HandleNotAvailable) return false
    throw cause
  }
}

function renamed({ alsoKnownAs }: DidData, handle: string): Pick<DidData, 'alsoKnownAs'> {
  const name = `at://${handle}`
  const former = alsoKnownAs.find((each) => each.startsWith('at://'))
  return { alsoKnownAs: [name, ...alsoKnownAs.filter((each) => each !== name && each !== former)] }
}

/** Gives an account a handle that it has claimed, and holds the former one for it. */
export async function giveHandle(
  context: ServiceContext,
  tx: Tx,
  { did, handle, at }: HandleClaim & { readonly at: Date },
): Promise<void> {
  const previous = await tx.handleClaims.assign({ did, handle })
  if (previous === undefined || previous === handle) return
  await tx.handleClaims.hold({ handle: previous, did, until: later(at, context.policy.handleHold) })
  await tx.audit.append({ event: 'handle.changed', actor: 'system', did, at })
  await announce(context, tx, { kind: 'handle-changed', did, handle, previous, at })
}

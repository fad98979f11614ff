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
import { claimHandle } from './claim-handle.ts'
import type { HandleClaim } from './handle-claim-store.ts'
import { checkNewHandle } from './new-handle.ts'

export interface ChangeHandleRequest {
  readonly did: string
  readonly handle: string
}

/**
 * Changes the handle of an account: reserves it, updates the DID, then the account. The old handle
 * stays reserved for its owner for a while. Repeating the request resumes an interrupted change.
 *
 * @throws {InvalidHandle} @throws {HandleNotAvailable}
 * @throws {IdentityRefused} if the directory refuses the change, or the DID has no key of the
 * service.
 * @throws {TemporarilyUnavailable} The change is finished or undone later.
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

/**
 * Like {@link changeHandle}, also for the operator, who may assign reserved names and has no limit.
 */
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

/** Only its owner writes the document of a `did:web`, so it must already name the handle. */
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
  /** Set for a `did:web`. */
  readonly document: WebDocument | undefined
}

/** Undefined if there is nothing to publish. */
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
    if (!(await claimHandle(context, tx, { handle, did }))) {
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

/** Changes the handle in a DID. */
export const handleChange: UpdateRules = {
  isIn: (data, handle) => claimedHandle(data) === handle,
  change: renamed,
  isOverWhenRefused: true,
  mayFollow: (context, { did, subject }) => mayHave(context, { did, handle: subject }),
  finish: async (context, tx, { did, subject: handle, finding, at }) => {
    const isInDid = finding === 'done' || finding === 'changed-elsewhere'
    if (isInDid && (await claimHandle(context, tx, { handle, did }))) {
      await giveHandle(context, tx, { did, handle, at })
      return
    }
    await tx.handleClaims.release({ handle, did })
    const detail = { finding }
    await tx.audit.append({ event: 'handle.change-undone', actor: 'system', did, detail, at })
  },
}

/** A handle requested here is reserved already; one found only in the DID must follow the rules. */
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

/** Assigns a claimed handle to an account and reserves the former one. */
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

import { isValidDid, isValidHandle } from '@atproto/syntax'
import type { ServiceContext } from '../context.ts'
import { DidDeactivated, DidNotFound, HandleNotFound, UnresolvableHandle } from '../errors.ts'
import { isServed } from '../handles/handle.ts'
import { resolveElsewhere } from '../handles/verify-handle.ts'
import type { Caller } from '../limits/caller.ts'
import { toDidDocument } from './did-document.ts'
import { readDidState } from './did-state.ts'
import { withTimeout } from './publication.ts'
import { rememberState } from './remember-state.ts'

/** A DID, its document, and the handle verified in both directions. */
export interface ResolvedIdentity {
  readonly did: string
  /** `handle.invalid` if no handle in the document resolves to the DID. */
  readonly handle: string
  readonly didDoc: object
}

const NO_HANDLE = 'handle.invalid'

/**
 * Resolves a handle: to an account of this service, or by DNS and well-known page.
 *
 * @throws {HandleNotFound} under a served domain. @throws {UnresolvableHandle} for any other.
 */
export async function resolveAnyHandle(context: ServiceContext, typed: string): Promise<string> {
  const handle = typed.toLowerCase()
  const isValid = isValidHandle(typed)
  const did = isValid ? await context.store.accounts.findDid(handle) : undefined
  if (did !== undefined) return did
  const isOurs = isServed(handle, context.policy.handles.domains)
  if (isOurs) throw new HandleNotFound(UNRESOLVABLE)
  const elsewhere = isValid ? await resolveElsewhere(context, handle) : undefined
  if (elsewhere === undefined) throw new UnresolvableHandle(UNRESOLVABLE)
  return elsewhere
}

const UNRESOLVABLE = 'Unable to resolve handle'

/**
 * The document of a DID: the stored one for an account of this service, otherwise by its DID
 * method.
 *
 * @throws {DidNotFound} @throws {DidDeactivated}
 */
export async function resolveDid(
  context: ServiceContext,
  did: string,
  options: { readonly isFresh?: boolean } = {},
): Promise<object> {
  const { store, resolver, policy, logger } = context
  if (options.isFresh) await refreshLog(context, did)
  const head = isValidDid(did) ? await store.didLogs.findHead(did) : undefined
  if (head !== undefined) {
    const document = toDidDocument(did, head)
    if (document === undefined) throw new DidDeactivated('The DID was deactivated')
    return document
  }
  try {
    const document = isValidDid(did)
      ? await withTimeout(policy.resolutionTimeoutMs, () =>
          resolver.did.resolve(did, options.isFresh),
        )
      : null
    if (document !== null) return document
  } catch (err) {
    logger.info({ did, err }, 'a DID could not be resolved')
  }
  throw new DidNotFound('Unable to resolve DID')
}

/**
 * Like {@link resolveIdentity}, bypassing caches. For an account of this service, also mirrors its
 * DID.
 *
 * @throws {HandleNotFound} @throws {DidNotFound} @throws {DidDeactivated}
 * @throws {RateLimitExceeded}
 */
export async function refreshIdentity(
  context: ServiceContext,
  identifier: string,
  caller: Caller,
): Promise<ResolvedIdentity> {
  await context.budgets.spend(caller, (key) => [{ limit: 'inquiry', of: [key] }])
  return await resolveIdentity(context, identifier, { isFresh: true })
}

/** Mirrors the DID of an account of this service from the directory. */
async function refreshLog(context: ServiceContext, did: string): Promise<void> {
  const { store, identity, clock } = context
  if (identity.updates === undefined || !did.startsWith('did:plc:')) return
  if ((await store.accounts.findProfile(did)) === undefined) return
  const state = await readDidState(context, did)
  if (state === undefined) return
  const { source } = state
  await store.transaction((tx) => rememberState(context, tx, { did, source, at: clock.now() }))
}

/**
 * Resolves a handle or a DID.
 *
 * @throws {HandleNotFound} @throws {DidNotFound} @throws {DidDeactivated}
 */
export async function resolveIdentity(
  context: ServiceContext,
  identifier: string,
  options: { readonly isFresh?: boolean } = {},
): Promise<ResolvedIdentity> {
  const isDid = identifier.startsWith('did:')
  const did = isDid ? identifier : await findDid(context, identifier)
  const didDoc = await resolveDid(context, did, options)
  const handle = handleIn(didDoc)
  if (!isDid && handle === identifier.toLowerCase()) return { did, handle, didDoc }
  const isMutual =
    handle !== undefined && (await findDid(context, handle).catch(() => undefined)) === did
  return { did, handle: isMutual ? handle : NO_HANDLE, didDoc }
}

async function findDid(context: ServiceContext, handle: string): Promise<string> {
  try {
    return await resolveAnyHandle(context, handle)
  } catch (cause) {
    if (cause instanceof UnresolvableHandle) throw new HandleNotFound(cause.message, { cause })
    throw cause
  }
}

function handleIn(document: object): string | undefined {
  const names = 'alsoKnownAs' in document ? document.alsoKnownAs : []
  if (!Array.isArray(names)) return undefined
  const name = names.find((each) => typeof each === 'string' && each.startsWith('at://'))
  const handle = name?.slice('at://'.length).toLowerCase()
  return isValidHandle(handle) ? handle : undefined
}

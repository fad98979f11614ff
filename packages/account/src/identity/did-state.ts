import type { ServiceContext } from '../context.ts'
import { TemporarilyUnavailable } from '../errors.ts'
import { readWebDocument, type WebDocument } from './did-web.ts'
import type { LoggedOperation } from './identity.ts'
import { readOperation } from './operation.ts'
import { retryAfterOf, withPublicationTimeout } from './publication.ts'

/** The present state of a DID. */
export interface DidState {
  /** Undefined for DID methods without rotation keys. */
  readonly rotationKeys: readonly string[] | undefined
  readonly signingKey: string | undefined
  readonly endpoint: string | undefined
  readonly alsoKnownAs: readonly string[]
  /** The log or document it was read from, to be stored. */
  readonly source: { readonly log: readonly LoggedOperation[] } | { readonly document: WebDocument }
}

/**
 * Reads the state from the directory, from the host of a `did:web`, or without a directory from the
 * local log.
 *
 * @returns undefined if the DID does not exist or is tombstoned.
 * @throws {TemporarilyUnavailable}
 */
export async function readDidState(
  context: ServiceContext,
  did: string,
): Promise<DidState | undefined> {
  if (!did.startsWith('did:plc:')) return await readWebState(context, did)
  const log = await readLog(context, did)
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  const data = head && readOperation(head)
  return (
    data && {
      rotationKeys: data.rotationKeys,
      signingKey: data.verificationMethods.atproto,
      endpoint: data.services.atproto_pds?.endpoint,
      alsoKnownAs: data.alsoKnownAs,
      source: { log },
    }
  )
}

/** The present signing key of a DID; undefined if there is none. */
export async function findSigningKey(
  context: ServiceContext,
  did: string,
): Promise<string | undefined> {
  return (await readDidState(context, did))?.signingKey
}

async function readLog(
  { identity, policy, store }: ServiceContext,
  did: string,
): Promise<readonly LoggedOperation[]> {
  const { updates } = identity
  if (updates === undefined) {
    return (await store.didLogs.read(did)).map(({ operation, isNullified }) => ({
      operation: JSON.parse(operation),
      nullified: isNullified,
    }))
  }
  return await withPublicationTimeout(policy, (signal) => updates.readLog(did, { signal })).catch(
    (cause: unknown) => {
      throw new TemporarilyUnavailable(
        'The identity directory cannot be reached; try again later',
        { cause, retryAfterSeconds: retryAfterOf(cause) || 10, part: 'directory' },
      )
    },
  )
}

async function readWebState(context: ServiceContext, did: string): Promise<DidState | undefined> {
  const document = await readWebDocument(context, did)
  if (document === undefined) return undefined
  const { service, verificationMethod } = JSON.parse(document.text)
  const key = find(verificationMethod, '#atproto')?.publicKeyMultibase
  const endpoint = find(service, '#atproto_pds')?.serviceEndpoint
  return {
    rotationKeys: undefined,
    signingKey: typeof key === 'string' ? `did:key:${key}` : undefined,
    endpoint: typeof endpoint === 'string' ? endpoint : undefined,
    alsoKnownAs: document.alsoKnownAs,
    source: { document },
  }
}

/** The entry with a fragment id, which may be prefixed with the DID. */
function find(parts: unknown, id: string): Readonly<Record<string, unknown>> | undefined {
  if (!Array.isArray(parts)) return undefined
  return parts.find((part) => typeof part?.id === 'string' && part.id.endsWith(id))
}

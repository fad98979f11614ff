import { type DidDocument, getVerificationMaterial } from '@atproto/common-web'
import {
  formatDidKey,
  multibaseToBytes,
  P256_JWT_ALG,
  parseMultikey,
  SECP256K1_JWT_ALG,
} from '@atproto/crypto'
import { AuthRequiredError, UpstreamFailureError } from '@atproto/xrpc-server'

/** Fetches the DID documents of callers, as `new IdResolver().did` of `@atproto/identity` does. */
export interface DidResolver {
  /**
   * @param forceRefresh true if a cache of the resolver's own must not answer
   * @returns null for a DID that does not exist
   */
  resolve(did: string, forceRefresh?: boolean): Promise<DidDocument | null>
}

export interface KeyCacheOptions {
  /** Milliseconds for which a key is used without asking again; an hour when not given. */
  readonly maxAge?: number
  /** DIDs whose keys are kept; 10,000 when not given. The one that has not called for longest goes first. */
  readonly maxDids?: number
}

/** The keys of one DID as `did:key:…`, by the name of their verification method. */
type Keys = Readonly<Partial<Record<KeyName, string>>>

const KEY_NAMES = ['atproto', 'atproto_label'] as const
type KeyName = (typeof KEY_NAMES)[number]

interface Fetched {
  readonly keys: Keys
  readonly at: number
}

interface Fetch {
  readonly keys: Promise<Keys>
  readonly isForced: boolean
}

/** The signing keys of callers, cached. For each DID at most one request is under way. */
export class SigningKeys {
  readonly #resolver: DidResolver
  readonly #maxAge: number
  readonly #maxDids: number
  /** The DID that has called last stands last. */
  readonly #fetched = new Map<string, Fetched>()
  readonly #fetches = new Map<string, Fetch>()

  constructor(resolver: DidResolver, { maxAge = 3_600_000, maxDids = 10_000 }: KeyCacheOptions) {
    this.#resolver = resolver
    this.#maxAge = maxAge
    this.#maxDids = maxDids
  }

  /**
   * The key that an issuer signs with.
   *
   * @param issuer a DID, with `#atproto_labeler` for the key of its labels
   * @param isForced true if the cached key did not fit
   * @throws AuthRequiredError when there is no such key, UpstreamFailureError when the document cannot be fetched
   */
  async keyOf(issuer: string, isForced: boolean): Promise<string> {
    const [did = '', service] = issuer.split('#')
    const name: KeyName = service === 'atproto_labeler' ? 'atproto_label' : 'atproto'
    const keys = (isForced ? undefined : this.#cached(did)) ?? (await this.#fetch(did, isForced))
    const key = keys[name]
    if (key === undefined) throw new AuthRequiredError(`missing or bad key #${name} in did doc`)
    return key
  }

  #cached(did: string): Keys | undefined {
    const found = this.#fetched.get(did)
    if (!found || Date.now() - found.at > this.#maxAge) return undefined
    this.#fetched.delete(did)
    this.#fetched.set(did, found)
    return found.keys
  }

  async #fetch(did: string, isForced: boolean): Promise<Keys> {
    const current = this.#fetches.get(did)
    if (current && (current.isForced || !isForced)) return await current.keys
    // A cache of the resolver may answer the request under way: wait, and ask past it.
    if (current) {
      await current.keys.catch(() => {})
      return await this.#fetch(did, isForced)
    }
    const keys = this.#resolve(did, isForced)
    this.#fetches.set(did, { keys, isForced })
    try {
      return await keys
    } finally {
      this.#fetches.delete(did)
    }
  }

  async #resolve(did: string, isForced: boolean): Promise<Keys> {
    const document = await this.#documentOf(did, isForced)
    if (document === null) {
      this.#fetched.delete(did)
      throw new AuthRequiredError('could not resolve iss did')
    }
    const keys = keysIn(document)
    this.#fetched.delete(did)
    this.#fetched.set(did, { keys, at: Date.now() })
    for (const oldest of this.#fetched.keys()) {
      if (this.#fetched.size <= this.#maxDids) break
      this.#fetched.delete(oldest)
    }
    return keys
  }

  async #documentOf(did: string, isForced: boolean): Promise<DidDocument | null> {
    try {
      return await this.#resolver.resolve(did, isForced)
    } catch (cause) {
      const message = `The DID document of ${did} could not be fetched`
      throw new UpstreamFailureError(message, undefined, { cause })
    }
  }
}

function keysIn(document: DidDocument): Keys {
  const keys: Partial<Record<KeyName, string>> = {}
  for (const name of KEY_NAMES) {
    const key = didKeyOf(getVerificationMaterial(document, name))
    if (key !== undefined) keys[name] = key
  }
  return keys
}

/** Source: https://atproto.com/specs/cryptography, "Public Key Encoding". */
function didKeyOf(material: ReturnType<typeof getVerificationMaterial>): string | undefined {
  if (!material) return undefined
  const { type, publicKeyMultibase } = material
  try {
    switch (type) {
      case 'Multikey': {
        const { jwtAlg, keyBytes } = parseMultikey(publicKeyMultibase)
        return formatDidKey(jwtAlg, keyBytes)
      }
      case 'EcdsaSecp256r1VerificationKey2019':
        return formatDidKey(P256_JWT_ALG, multibaseToBytes(publicKeyMultibase))
      case 'EcdsaSecp256k1VerificationKey2019':
        return formatDidKey(SECP256K1_JWT_ALG, multibaseToBytes(publicKeyMultibase))
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

import { type DidDocument, getVerificationMaterial } from '@atproto/common-web'
import {
  formatDidKey,
  multibaseToBytes,
  P256_JWT_ALG,
  parseMultikey,
  SECP256K1_JWT_ALG,
} from '@atproto/crypto'
import { AuthRequiredError, UpstreamFailureError } from '@atproto/xrpc-server'
import { RecentMap } from './recent-map.ts'

/** Fetches the DID documents of callers, as `new IdResolver().did` of `@atproto/identity` does. */
export interface DidResolver {
  /**
   * @param forceRefresh true to bypass the resolver's own cache
   * @returns null for a DID that does not exist
   */
  resolve(did: string, forceRefresh?: boolean): Promise<DidDocument | null>
}

export interface KeyCacheOptions {
  /** Milliseconds for which a key is cached; default one hour. */
  readonly maxAge?: number
  /** DIDs whose keys are cached; default 10,000, least recently used evicted first. */
  readonly maxDids?: number
}

/** The keys of one DID as `did:key:…`, by the name of their verification method. */
type Keys = Readonly<Partial<Record<KeyName, string>>>

const KEY_NAMES = ['atproto', 'atproto_label'] as const
type KeyName = (typeof KEY_NAMES)[number]

/**
 * Milliseconds for which a missing DID, or one whose keys did not change, is not looked up again, so that calls with an
 * invented DID or signature do not each cause a request.
 */
const RECHECK_AFTER = 10_000

interface Fetched {
  readonly keys: Keys
  readonly at: number
  /** True if a forced request found them unchanged. */
  readonly isConfirmed: boolean
}

interface Fetch {
  readonly keys: Promise<Keys>
  readonly isForced: boolean
}

/** Caches the signing keys of callers, with at most one request per DID in flight. */
export class SigningKeys {
  readonly #resolver: DidResolver
  readonly #maxAge: number
  readonly #known: RecentMap<Fetched>
  /** When DIDs were found missing. Separate, so that invented DIDs do not evict real ones. */
  readonly #unknown: RecentMap<number>
  readonly #fetches = new Map<string, Fetch>()

  constructor(resolver: DidResolver, { maxAge = 3_600_000, maxDids = 10_000 }: KeyCacheOptions) {
    this.#resolver = resolver
    this.#maxAge = maxAge
    this.#known = new RecentMap(maxDids)
    this.#unknown = new RecentMap(maxDids)
  }

  /**
   * Returns the key that an issuer signs with.
   *
   * @param issuer a DID, with `#atproto_labeler` for its label key
   * @param isForced true if the cached key did not fit
   * @throws AuthRequiredError if there is no such key, UpstreamFailureError if the document cannot be fetched
   */
  async keyOf(issuer: string, isForced: boolean): Promise<string> {
    const [did = '', service] = issuer.split('#')
    const name: KeyName = service === 'atproto_labeler' ? 'atproto_label' : 'atproto'
    const cached = isForced ? this.#confirmed(did) : this.#cached(did)
    const keys = cached ?? (await this.#fetch(did, isForced))
    const key = keys[name]
    if (key === undefined) throw new AuthRequiredError(`missing or bad key #${name} in did doc`)
    return key
  }

  #cached(did: string): Keys | undefined {
    const missingSince = this.#unknown.get(did)
    if (missingSince !== undefined && !isOlder(missingSince, RECHECK_AFTER)) throw unknownDid()
    const found = this.#known.get(did)
    return found && !isOlder(found.at, this.#maxAge) ? found.keys : undefined
  }

  #confirmed(did: string): Keys | undefined {
    const found = this.#known.get(did)
    return found?.isConfirmed && !isOlder(found.at, RECHECK_AFTER) ? found.keys : undefined
  }

  async #fetch(did: string, isForced: boolean): Promise<Keys> {
    const current = this.#fetches.get(did)
    if (current && (current.isForced || !isForced)) return await current.keys
    // The request in flight may be answered from a resolver's cache: wait for it, then bypass the
    // cache.
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
    const at = Date.now()
    if (document === null) {
      this.#known.delete(did)
      this.#unknown.set(did, at)
      throw unknownDid()
    }
    const keys = keysIn(document)
    const before = this.#known.get(did)?.keys
    const isConfirmed = isForced && before !== undefined && isSame(before, keys)
    this.#known.set(did, { keys, at, isConfirmed })
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

function isOlder(at: number, maxAge: number): boolean {
  return Date.now() - at > maxAge
}

function isSame(one: Keys, other: Keys): boolean {
  return KEY_NAMES.every((name) => one[name] === other[name])
}

function unknownDid(): AuthRequiredError {
  return new AuthRequiredError('could not resolve iss did')
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

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  AuthRequiredError,
  cryptoVerifySignatureWithKey,
  extractUrlNsid,
  InvalidRequestError,
  type VerifySignatureWithKeyFn,
  verifyJwt,
} from '@atproto/xrpc-server'
import type { ReplayStore } from './replay-store.ts'
import { type DidResolver, type KeyCacheOptions, SigningKeys } from './signing-keys.ts'

export interface ServiceAuthOptions {
  /**
   * The DID of this service: tokens may name any fragment of it, or none. With a fragment (`did:web:feeds.example#bsky_fg`),
   * tokens name the same one, or none. Several are alternatives.
   */
  readonly audience: string | readonly string[]
  readonly resolver: DidResolver
  readonly keyCache?: KeyCacheOptions
  /**
   * Refuses a token that has been used before, one without `jti`, and one that is good for more than an hour. Tokens may
   * be used again until they expire when not given.
   */
  readonly replayStore?: ReplayStore
}

/** Who calls, by a service token. */
export interface ServiceCredentials {
  readonly type: 'service'
  /** The DID that has signed. */
  readonly did: string
  /** The same, with the fragment that the token names. */
  readonly iss: string
  /** As the token names it. */
  readonly aud: string
}

export interface ServiceAuthResult {
  readonly credentials: ServiceCredentials
}

/** A verifier for methods and subscriptions. */
export type ServiceVerifier = (context: {
  readonly req: IncomingMessage
}) => Promise<ServiceAuthResult>

/**
 * Admits calls with a service token (`Authorization: Bearer …`) that is meant for this service and for the method called, has
 * not expired, and is signed by the key in the caller's DID document. A refusal is 401 with the name that
 * `@atproto/xrpc-server` gives it: `MissingJwt`, `BadJwt`, `BadJwtType`, `JwtExpired`, `BadJwtAudience`,
 * `BadJwtLexiconMethod`, `BadJwtIss`, `BadJwtSignature`; `NonceNotUnique` for a token used before, `JwtTooOld` for one that
 * lives too long to be remembered. A document that cannot be fetched is 502 `UpstreamFailure`.
 *
 * @example
 * ```ts
 * const auth = serviceAuth({ audience: 'did:web:feeds.example', resolver: new IdResolver().did })
 * server.app.bsky.feed.getFeedSkeleton({ auth, handler: ({ auth }) => … })
 * ```
 * Source: https://atproto.com/specs/xrpc, "Inter-Service Authentication (JWT)"
 */
export function serviceAuth(options: ServiceAuthOptions): ServiceVerifier {
  const { replayStore } = options
  const audiences = [options.audience].flat()
  const [audience] = audiences
  if (audience === undefined) throw new TypeError('serviceAuth() needs an audience')
  const keys = new SigningKeys(options.resolver, options.keyCache ?? {})

  return async ({ req }) => {
    const token = bearerTokenOf(req)
    const claimed = audienceOf(token)
    const isOurs = audiences.some((own) => isMeantFor(own, claimed))
    const payload = await verifyJwt(
      token,
      isOurs ? claimed : audience,
      methodOf(req),
      (issuer, isForced) => {
        assertSupported(issuer)
        return keys.keyOf(issuer, isForced)
      },
      fits,
    )
    const { iss, aud } = payload
    const did = withoutFragment(iss)
    if (replayStore) await claim(replayStore, did, payload)
    return { credentials: { type: 'service', did, iss, aud } }
  }
}

/** Not by `originalUrl`, which begins elsewhere when an application mounts the methods below a path. */
function methodOf({ url = '' }: IncomingMessage): string {
  const nsid = extractUrlNsid(url)
  if (nsid === undefined) throw new InvalidRequestError('invalid xrpc path')
  return nsid
}

/** A key of another curve does not fit either: the library fails then, and would not ask for the new key. */
const fits: VerifySignatureWithKeyFn = (...signed) =>
  cryptoVerifySignatureWithKey(...signed).catch(() => false)

/** The scheme in any case. Source: RFC 9110, section 11.1. */
function bearerTokenOf({ headers: { authorization = '' } }: IncomingMessage): string {
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
  if (token === undefined) throw new AuthRequiredError('missing jwt', 'MissingJwt')
  return token
}

/** The library compares one audience, and does not expect parts that are no JSON. */
function audienceOf(token: string): string {
  try {
    const [, payload] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    return String(payload.aud)
  } catch (cause) {
    throw new AuthRequiredError('poorly formatted jwt', 'BadJwt', { cause })
  }
}

function isMeantFor(own: string, claimed: string): boolean {
  if (claimed === own) return true
  return own.includes('#') ? claimed === withoutFragment(own) : withoutFragment(claimed) === own
}

function withoutFragment(reference: string): string {
  const mark = reference.indexOf('#')
  return mark < 0 ? reference : reference.slice(0, mark)
}

/** Source: https://atproto.com/specs/did, "Blessed DID Methods". */
function assertSupported(issuer: string): void {
  if (/^did:(?:plc|web):/.test(issuer)) return
  throw new AuthRequiredError('jwt iss is not a did:plc or did:web', 'BadJwtIss')
}

/** How far ahead a token may end, in seconds: a PDS issues none for more than an hour. The minute is for clocks that differ. */
const MAX_LIFETIME = 3_600 + 60

interface Payload {
  readonly exp: number
  readonly jti?: unknown
}

async function claim(store: ReplayStore, did: string, { exp, jti }: Payload): Promise<void> {
  if (typeof jti !== 'string' || jti === '') {
    throw new AuthRequiredError('missing jwt id ("jti")', 'BadJwt')
  }
  if (exp - Date.now() / 1000 > MAX_LIFETIME) {
    throw new AuthRequiredError('jwt is good for more than an hour', 'JwtTooOld')
  }
  // Of one length, whatever a caller has put into it.
  const key = createHash('sha256').update(`${did} ${jti}`).digest('base64url')
  if (!(await store.claim(key, new Date(exp * 1000)))) {
    throw new AuthRequiredError('jwt has been used before', 'NonceNotUnique')
  }
}

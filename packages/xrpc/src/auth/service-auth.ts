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
   * The DID of this service. With a fragment (`did:web:feeds.example#bsky_fg`), accepts tokens for that fragment or for
   * the bare DID; without one, tokens for any fragment or none. Several are alternatives.
   */
  readonly audience: string | readonly string[]
  readonly resolver: DidResolver
  readonly keyCache?: KeyCacheOptions
  /**
   * Refuses a token that was used before, has no `jti`, or is valid for more than an hour. Without it, tokens may be
   * reused until they expire.
   */
  readonly replayStore?: ReplayStore
}

/** The caller, as a service token identifies it. */
export interface ServiceCredentials {
  readonly type: 'service'
  /** The DID that signed the token. */
  readonly did: string
  /** The same, with the fragment in the token. */
  readonly iss: string
  /** The audience in the token. */
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
 * Admits calls with a service token (`Authorization: Bearer …`) that is issued for this service and the method called,
 * has not expired, and is signed by the key in the caller's DID document. Otherwise answers 401 with the name that
 * `@atproto/xrpc-server` uses: `MissingJwt`, `BadJwt`, `BadJwtType`, `JwtExpired`, `BadJwtAudience`,
 * `BadJwtLexiconMethod`, `BadJwtIss`, `BadJwtSignature`; `NonceNotUnique` for a token used before, `JwtTooOld` for one
 * whose lifetime is too long. Answers 502 `UpstreamFailure` if the document cannot be fetched.
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

/** Uses `url`: `originalUrl` includes the path below which an application mounts the methods. */
function methodOf({ url = '' }: IncomingMessage): string {
  const nsid = extractUrlNsid(url)
  if (nsid === undefined) throw new InvalidRequestError('invalid xrpc path')
  return nsid
}

/** Returns false for a key on another curve, where the library throws and would not fetch the new key. */
const fits: VerifySignatureWithKeyFn = (...signed) =>
  cryptoVerifySignatureWithKey(...signed).catch(() => false)

/** The scheme is case-insensitive. Source: RFC 9110, section 11.1. */
function bearerTokenOf({ headers: { authorization = '' } }: IncomingMessage): string {
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
  if (token === undefined) throw new AuthRequiredError('missing jwt', 'MissingJwt')
  return token
}

/** The library compares a single audience, and throws on parts that are not JSON. */
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

/**
 * Makes no request for other DIDs. A did:web has no path, and a port only in development. Source:
 * https://atproto.com/specs/did, "Blessed DID Methods".
 */
const SUPPORTED = /^did:(?:plc:[a-z2-7]{24}|web:[A-Za-z\d.-]+(?:%3[Aa]\d{1,5})?)(?:#|$)/

function assertSupported(issuer: string): void {
  if (SUPPORTED.test(issuer)) return
  throw new AuthRequiredError('jwt iss is not a did:plc or did:web', 'BadJwtIss')
}

/**
 * Maximum remaining lifetime of a token, in seconds. A PDS issues tokens for at most an hour; the extra minute allows
 * for clock skew.
 */
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
  // Hashed to a fixed length, since the caller chooses `jti`.
  const key = createHash('sha256').update(`${did} ${jti}`).digest('base64url')
  if (!(await store.claim(key, new Date(exp * 1000)))) {
    throw new AuthRequiredError('jwt has been used before', 'NonceNotUnique')
  }
}

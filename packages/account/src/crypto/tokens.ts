import { createSecretKey, type webcrypto } from 'node:crypto'
import { errors, type JWTPayload, type JWTVerifyResult, jwtVerify, SignJWT } from 'jose'
import type { AccessScope } from '../db/tables.ts'
import { TokenCache } from './token-cache.ts'
import {
  type AccessClaims,
  type RefreshClaims,
  readClaims,
  scopeClaim,
  TOKEN_TYPES,
  TokenError,
  type TokenKind,
} from './token-claims.ts'

export { type AccessClaims, type RefreshClaims, TokenError } from './token-claims.ts'

/** A secret of the ring. RFC 7518 §3.2 asks for as many bits as the hash has: 32 bytes or more. */
export interface TokenKey {
  /** Goes into the `kid` header, so it is public; unique in the ring. */
  readonly kid: string
  readonly secret: string | Uint8Array
}

export interface TokenSignerOptions {
  /** The first one signs, all verify: put a new one in front and nobody is logged out. */
  readonly keys: readonly TokenKey[]
  /** `iss` of every token. */
  readonly issuer: string
  /** `aud` of every token: the service's DID. */
  readonly audience: string
  readonly accessTtlSeconds: number
  readonly refreshTtlSeconds: number
  /** No token outlives its login, counted from `authTime`, however often that is refreshed. */
  readonly sessionTtlSeconds: number
  readonly clock: { now(): Date }
  /** Verified access tokens to remember; 10,000 by default, 0 turns it off. */
  readonly cacheSize?: number
}

/** Claims of an access token that the caller decides. */
export interface AccessInput
  extends Pick<AccessClaims, 'did' | 'sessionId' | 'epoch' | 'authTime' | 'jti'> {
  /**
   * Now, unless given. HS256 is deterministic: the same input, moment included, gives the same token.
   */
  readonly issuedAt?: Date
  /** `access`, unless given. */
  readonly scope?: AccessScope
}
/** Claims of a refresh token that the caller decides. */
export type RefreshInput = Omit<AccessInput, 'scope'>

/** Issues and verifies the service's own session tokens: JWTs (RFC 7519) signed with HS256. */
export interface TokenSigner {
  signAccess(input: AccessInput): Promise<string>
  signRefresh(input: RefreshInput): Promise<string>
  /** @throws {TokenError} */
  verifyAccess(jwt: string): Promise<AccessClaims>
  /**
   * @param options `allowExpired` accepts a token past its `exp`, for logging out.
   * @throws {TokenError}
   */
  verifyRefresh(jwt: string, options?: { readonly allowExpired?: boolean }): Promise<RefreshClaims>
}

const ALGORITHM = 'HS256'
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
const MIN_SECRET_BYTES = 32
/** How far the clocks of two processes may differ, in seconds. */
const SKEW_SECONDS = 30
/** The most that `iat` may lie in the future, in seconds. */
const FUTURE_SECONDS = 5 * 60
/** Ours have some 500 characters; nothing longer is worth decoding. */
const MAX_LENGTH = 4096
const CACHE_SIZE = 10_000

/**
 * Creates the signer.
 *
 * @throws {RangeError} for an empty ring, a repeated `kid` or a secret shorter than 32 bytes.
 */
export function createTokenSigner(options: TokenSignerOptions): TokenSigner {
  const { issuer, audience, clock } = options
  const { current, ring } = createRing(options.keys)
  const cache = new TokenCache<AccessClaims>(options.cacheSize ?? CACHE_SIZE)

  function sign(kind: TokenKind, input: AccessInput): Promise<string> {
    const ttl = kind === 'access' ? options.accessTtlSeconds : options.refreshTtlSeconds
    const now = seconds(input.issuedAt ?? clock.now())
    const authTime = seconds(input.authTime)
    const payload: JWTPayload = {
      scope: scopeClaim(kind, input.scope ?? 'access'),
      iss: issuer,
      aud: audience,
      sub: input.did,
      sid: input.sessionId,
      epoch: input.epoch,
      auth_time: authTime,
      iat: now,
      exp: Math.min(now + ttl, authTime + options.sessionTtlSeconds),
      jti: input.jti,
    }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPES[kind], kid: current.kid })
      .sign(current.key)
  }

  async function verify(
    kind: TokenKind,
    jwt: string,
    allowExpired: boolean,
  ): Promise<AccessClaims> {
    const now = clock.now()
    const payload = await verifySignature(jwt, {
      ring,
      allowExpired,
      claims: { issuer, audience, typ: TOKEN_TYPES[kind], currentDate: now },
    })
    const claims = readClaims(payload, kind)
    // A clock that was ahead may have been set right since. Logging out is possible whatever a clock says.
    if (!allowExpired && seconds(claims.issuedAt) > seconds(now) + FUTURE_SECONDS) {
      throw new TokenError('malformed')
    }
    const end = seconds(claims.authTime) + options.sessionTtlSeconds
    // The setting may have been another one when the token was signed.
    if (!allowExpired && seconds(now) >= end + SKEW_SECONDS) throw new TokenError('expired')
    return claims
  }

  return {
    signAccess: (input) => sign('access', input),
    signRefresh: (input) => sign('refresh', input),
    verifyAccess: async (jwt) => {
      const known = cache.get(jwt, clock.now())
      if (known !== undefined) return known
      const claims = await verify('access', jwt, false)
      cache.set(jwt, claims)
      return claims
    },
    verifyRefresh: (jwt, { allowExpired = false } = {}) => verify('refresh', jwt, allowExpired),
  }
}

interface SignatureCheck {
  readonly ring: ReadonlyMap<string, webcrypto.CryptoKey>
  readonly allowExpired: boolean
  readonly claims: {
    readonly issuer: string
    readonly audience: string
    readonly typ: string
    readonly currentDate: Date
  }
}

/** Everything that jose can check; its errors become ours. */
async function verifySignature(jwt: string, check: SignatureCheck): Promise<JWTPayload> {
  if (jwt.length > MAX_LENGTH) throw new TokenError('malformed')
  try {
    const { payload }: JWTVerifyResult = await jwtVerify(
      jwt,
      ({ kid }) => {
        const key = typeof kid === 'string' ? check.ring.get(kid) : undefined
        if (key === undefined) throw new TokenError('bad-signature')
        return key
      },
      {
        ...check.claims,
        algorithms: [ALGORITHM],
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ['sub', 'iat', 'exp'],
      },
    )
    return payload
  } catch (cause) {
    // jose looks at `exp` last, when all the rest has been found in order.
    if (cause instanceof errors.JWTExpired && check.allowExpired) return cause.payload
    throw toTokenError(cause)
  }
}

function toTokenError(cause: unknown): TokenError {
  if (cause instanceof TokenError) return cause
  if (cause instanceof errors.JWTExpired) return new TokenError('expired', { cause })
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenError('bad-signature', { cause })
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) return new TokenError('bad-signature', { cause })
  if (cause instanceof errors.JWTClaimValidationFailed && cause.reason === 'check_failed') {
    if (cause.claim === 'aud') return new TokenError('wrong-audience', { cause })
    if (cause.claim === 'typ') return new TokenError('wrong-kind', { cause })
  }
  return new TokenError('malformed', { cause })
}

function createRing(keys: readonly TokenKey[]): {
  readonly current: { readonly kid: string; readonly key: webcrypto.CryptoKey }
  readonly ring: ReadonlyMap<string, webcrypto.CryptoKey>
} {
  const ring = new Map<string, webcrypto.CryptoKey>()
  for (const { kid, secret } of keys) {
    const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret)
    if (bytes.length < MIN_SECRET_BYTES) {
      throw new RangeError(`token key ${kid} is shorter than ${MIN_SECRET_BYTES} bytes`)
    }
    if (ring.has(kid)) throw new RangeError(`token key ${kid} is in the ring twice`)
    // jose would import any other form of key anew for each token.
    ring.set(kid, createSecretKey(bytes).toCryptoKey(HMAC, false, ['sign', 'verify']))
  }
  const [first] = ring
  if (first === undefined) throw new RangeError('at least one token key is needed')
  return { current: { kid: first[0], key: first[1] }, ring }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

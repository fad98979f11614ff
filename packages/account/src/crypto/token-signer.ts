import { decodeJwt } from 'jose'
import { TokenCache } from './token-cache.ts'
import {
  type AccessClaims,
  type RefreshClaims,
  readClaims,
  scopeClaim,
  TOKEN_TYPES,
  TokenError,
  type TokenKind,
  type TokenPayload,
} from './token-claims.ts'

/** Caller-supplied claims of an access token. */
export interface AccessInput
  extends Pick<AccessClaims, 'did' | 'sessionId' | 'epoch' | 'authTime' | 'jti'>,
    Partial<Pick<AccessClaims, 'scope'>> {
  /** Now by default. The same input and time give the same token. */
  readonly issuedAt?: Date
}
/** Caller-supplied claims of a refresh token. */
export type RefreshInput = Omit<AccessInput, 'scope'>

/** Issues and verifies the service's own session tokens: JWTs (RFC 7519). */
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
  /**
   * False if the account's audience has changed since a valid access token was signed. Undefined if
   * audiences never change.
   */
  readonly isCurrent?: (accessJwt: string) => Promise<boolean>
}

/** How session tokens are signed, verified and addressed. */
export interface TokenScheme {
  /** `aud` of a new token. */
  audienceOf(kind: TokenKind, did: string): string | Promise<string>
  /** Signs claims. Deterministic while the signing key stays the same. */
  sign(typ: string, claims: TokenPayload): Promise<string>
  /**
   * Verifies the signature, type, issuer and expiry of a token and returns its claims.
   *
   * @throws {TokenError}
   */
  verify(jwt: string, check: TokenCheck): Promise<TokenPayload>
  /**
   * Called for each presented token, cached ones included, since the audience for an account may
   * change.
   *
   * @throws {TokenError}
   */
  checkAudience?(kind: TokenKind, token: Addressed): Promise<void>
}

export interface TokenCheck {
  /** Required `typ` header. */
  readonly typ: string
  readonly now: Date
  /** True to accept an expired token. */
  readonly allowExpired: boolean
}

/** The account and the audience of a token. */
export interface Addressed {
  readonly did: string
  readonly audience: unknown
}

export interface TokenSettings {
  /** `iss` of every token. */
  readonly issuer: string
  readonly accessTtlSeconds: number
  readonly refreshTtlSeconds: number
  /** A token's maximum age, in seconds, counted from `authTime`. Refreshing does not extend it. */
  readonly sessionTtlSeconds: number
  readonly clock: { now(): Date }
  /** Verified access tokens to cache; 10,000 by default, 0 turns the cache off. */
  readonly cacheSize?: number
}

/** Maximum clock difference between two processes, in seconds. */
export const SKEW_SECONDS = 30
/** Our tokens have some 500 characters; longer ones are not decoded. */
export const MAX_TOKEN_LENGTH = 4096
/** Maximum `iat` in the future, in seconds. */
const FUTURE_SECONDS = 5 * 60
const CACHE_SIZE = 10_000

/** A token with a verified signature. */
interface Verified {
  readonly claims: AccessClaims
  readonly audience: unknown
  readonly expiresAt: Date
}

/** Creates the signer of a scheme. */
export function signWith(scheme: TokenScheme, settings: TokenSettings): TokenSigner {
  const { issuer, clock } = settings
  const cache = new TokenCache<Verified>(settings.cacheSize ?? CACHE_SIZE)

  async function sign(kind: TokenKind, input: AccessInput): Promise<string> {
    const ttl = kind === 'access' ? settings.accessTtlSeconds : settings.refreshTtlSeconds
    const now = seconds(input.issuedAt ?? clock.now())
    const authTime = seconds(input.authTime)
    return await scheme.sign(TOKEN_TYPES[kind], {
      scope: scopeClaim(kind, input.scope ?? 'access'),
      iss: issuer,
      aud: await scheme.audienceOf(kind, input.did),
      sub: input.did,
      sid: input.sessionId,
      epoch: input.epoch,
      auth_time: authTime,
      iat: now,
      exp: Math.min(now + ttl, authTime + settings.sessionTtlSeconds),
      jti: input.jti,
    })
  }

  async function verify(kind: TokenKind, jwt: string, allowExpired: boolean): Promise<Verified> {
    const now = clock.now()
    const payload = await scheme.verify(jwt, { typ: TOKEN_TYPES[kind], now, allowExpired })
    const claims = readClaims(payload, kind)
    // The signing clock may have been ahead. Logging out works whatever the clock.
    if (!allowExpired && seconds(claims.issuedAt) > seconds(now) + FUTURE_SECONDS) {
      throw new TokenError('malformed')
    }
    const end = seconds(claims.authTime) + settings.sessionTtlSeconds
    // The setting may have changed since the token was signed.
    if (!allowExpired && seconds(now) >= end + SKEW_SECONDS) throw new TokenError('expired')
    return { claims, audience: payload.aud, expiresAt: claims.expiresAt }
  }

  async function admit(kind: TokenKind, { claims, audience }: Verified): Promise<AccessClaims> {
    await scheme.checkAudience?.(kind, { did: claims.did, audience })
    return claims
  }

  return {
    signAccess: (input) => sign('access', input),
    signRefresh: (input) => sign('refresh', input),
    verifyAccess: async (jwt) => {
      const known = cache.get(jwt, clock.now())
      if (known !== undefined) return await admit('access', known)
      const verified = await verify('access', jwt, false)
      cache.set(jwt, verified)
      return await admit('access', verified)
    },
    verifyRefresh: async (jwt, { allowExpired = false } = {}) =>
      await admit('refresh', await verify('refresh', jwt, allowExpired)),
    ...(scheme.checkAudience && {
      isCurrent: async (jwt) => {
        const { aud, sub } = decodeJwt(jwt)
        return aud === (await scheme.audienceOf('access', sub ?? ''))
      },
    }),
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

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

/** Claims of an access token that the caller decides. */
export interface AccessInput
  extends Pick<AccessClaims, 'did' | 'sessionId' | 'epoch' | 'authTime' | 'jti'>,
    Partial<Pick<AccessClaims, 'scope'>> {
  /** Now, unless given. The same input, moment included, gives the same token. */
  readonly issuedAt?: Date
}
/** Claims of a refresh token that the caller decides. */
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
}

/** How session tokens are signed and verified, and which service those of an account are for. */
export interface TokenScheme {
  /** `aud` of a token that is signed now. */
  audienceOf(kind: TokenKind, did: string): string | Promise<string>
  /** Gives the same token for the same claims, as long as the same key signs. */
  sign(typ: string, claims: TokenPayload): Promise<string>
  /**
   * The claims of a token with a good signature, of this type and issuer, that has not expired.
   *
   * @throws {TokenError}
   */
  verify(jwt: string, check: TokenCheck): Promise<TokenPayload>
  /**
   * Asked about each token that is presented, remembered ones included: the service that an account's tokens are for may change.
   *
   * @throws {TokenError}
   */
  checkAudience?(kind: TokenKind, token: Addressed): Promise<void>
}

export interface TokenCheck {
  /** Of the header. */
  readonly typ: string
  readonly now: Date
  /** True if an expired token counts. */
  readonly allowExpired: boolean
}

/** Whose token it is, and for which service. */
export interface Addressed {
  readonly did: string
  readonly audience: unknown
}

export interface TokenSettings {
  /** `iss` of every token. */
  readonly issuer: string
  readonly accessTtlSeconds: number
  readonly refreshTtlSeconds: number
  /** No token outlives its login, counted from `authTime`, however often that is refreshed. */
  readonly sessionTtlSeconds: number
  readonly clock: { now(): Date }
  /** Verified access tokens to remember; 10,000 by default, 0 turns it off. */
  readonly cacheSize?: number
}

/** How far the clocks of two processes may differ, in seconds. */
export const SKEW_SECONDS = 30
/** Ours have some 500 characters; nothing longer is worth decoding. */
export const MAX_TOKEN_LENGTH = 4096
/** The most that `iat` may lie in the future, in seconds. */
const FUTURE_SECONDS = 5 * 60
const CACHE_SIZE = 10_000

/** A token whose signature has been verified. */
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
    // A clock that was ahead may have been set right since. Logging out is possible whatever a clock says.
    if (!allowExpired && seconds(claims.issuedAt) > seconds(now) + FUTURE_SECONDS) {
      throw new TokenError('malformed')
    }
    const end = seconds(claims.authTime) + settings.sessionTtlSeconds
    // The setting may have been another one when the token was signed.
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
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

import type { AccessScope } from '../db/tables.ts'

/**
 * The two kinds of token. Each has its own `typ`, scope and purpose, and neither is accepted as the
 * other.
 */
export type TokenKind = 'access' | 'refresh'

/** `typ` header (RFC 9068 for access tokens) of each kind. */
export const TOKEN_TYPES: Readonly<Record<TokenKind, string>> = {
  access: 'at+jwt',
  refresh: 'refresh+jwt',
}

const SCOPES: ReadonlySet<string> = new Set<AccessScope>([
  'access',
  'appPass',
  'appPassPrivileged',
  'takendown',
])
const SCOPE_PREFIX = 'com.atproto.'

/** The `scope` claim of a token. */
export function scopeClaim(kind: TokenKind, scope: AccessScope): string {
  return SCOPE_PREFIX + (kind === 'refresh' ? 'refresh' : scope)
}

/** The claims of a token in JWT form. */
export interface TokenPayload {
  readonly [claim: string]: unknown
}

/** The claims of an access token whose signature and times are verified. */
export interface AccessClaims {
  readonly did: string
  /** The refresh token family this token was issued in (claim `sid`). */
  readonly sessionId: string
  /**
   * Session epoch of the account at issue; the token is stale once the database has a higher one.
   */
  readonly epoch: number
  /** When the password was last entered (claim `auth_time`), in whole seconds. */
  readonly authTime: Date
  readonly issuedAt: Date
  readonly expiresAt: Date
  /**
   * The `jti` of the refresh token, also in the access token issued with it. Empty in access tokens
   * of older versions.
   */
  readonly jti: string
  readonly scope: AccessScope
}

/** The claims of a refresh token whose signature is verified. */
export type RefreshClaims = Omit<AccessClaims, 'scope'>

/** The reason a token was refused. */
export type TokenErrorCode =
  | 'malformed'
  | 'wrong-kind'
  | 'wrong-audience'
  | 'stale-audience'
  | 'bad-signature'
  | 'expired'

/**
 * A token was refused. The message is safe to return to the caller and contains nothing of the
 * token.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode

  constructor(code: TokenErrorCode, options?: ErrorOptions) {
    super(MESSAGES[code], options)
    this.code = code
  }
}

const MESSAGES: Readonly<Record<TokenErrorCode, string>> = {
  malformed: 'Token is malformed',
  'wrong-kind': 'Token is of the wrong kind',
  'wrong-audience': 'Token was issued for another service',
  'stale-audience': 'Token audience is out of date',
  'bad-signature': 'Token could not be verified',
  expired: 'Token has expired',
}

/**
 * Reads the claims of a verified payload.
 *
 * @throws {TokenError} `malformed` if a claim is missing or of another type, `wrong-kind` for
 * another scope.
 */
export function readClaims(payload: TokenPayload, kind: TokenKind): AccessClaims {
  return {
    scope: kind === 'access' ? accessScope(payload.scope) : refreshScope(payload.scope),
    did: text(payload.sub),
    sessionId: text(payload.sid),
    epoch: integer(payload.epoch),
    authTime: date(payload.auth_time),
    issuedAt: date(payload.iat),
    expiresAt: date(payload.exp),
    jti: kind === 'refresh' || payload.jti !== undefined ? text(payload.jti) : '',
  }
}

function accessScope(claim: unknown): AccessScope {
  const scope = String(claim).slice(SCOPE_PREFIX.length)
  if (claim !== SCOPE_PREFIX + scope || !SCOPES.has(scope)) throw new TokenError('wrong-kind')
  return scope as AccessScope
}

/** The session, not the refresh token, has the access scope. */
function refreshScope(claim: unknown): AccessScope {
  if (claim !== scopeClaim('refresh', 'access')) throw new TokenError('wrong-kind')
  return 'access'
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new TokenError('malformed')
  return value
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TokenError('malformed')
  return value as number
}

function date(value: unknown): Date {
  const result = new Date(integer(value) * 1000)
  if (Number.isNaN(result.getTime())) throw new TokenError('malformed')
  return result
}

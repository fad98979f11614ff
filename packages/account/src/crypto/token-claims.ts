import type { AccessScope } from '../db/tables.ts'

/** The two kinds of token; each has its own `typ`, scope and purpose, and is refused as the other. */
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

/** The claims of a token, as they are in it. */
export interface TokenPayload {
  readonly [claim: string]: unknown
}

/** The claims of an access token whose signature and times are verified. */
export interface AccessClaims {
  readonly did: string
  /** The refresh family this token was issued in (claim `sid`). */
  readonly sessionId: string
  /** The account's session epoch at issue; a higher one in the database makes the token stale. */
  readonly epoch: number
  /** When the password was last given (claim `auth_time`), in whole seconds. */
  readonly authTime: Date
  readonly issuedAt: Date
  readonly expiresAt: Date
  /**
   * Which refresh token of its family it came with, or is. Empty in an access token of a version that
   * did not say.
   */
  readonly jti: string
  readonly scope: AccessScope
}

/** The claims of a refresh token whose signature is verified. */
export type RefreshClaims = Omit<AccessClaims, 'scope'>

/** Why a token was refused. */
export type TokenErrorCode =
  | 'malformed'
  | 'wrong-kind'
  | 'wrong-audience'
  | 'stale-audience'
  | 'bad-signature'
  | 'expired'

/** A token was refused. The message is fit for the caller; it repeats nothing of the token. */
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
 * @throws {TokenError} `malformed` when a claim is missing or of another type, `wrong-kind` for another scope.
 */
export function readClaims(payload: TokenPayload, kind: TokenKind): AccessClaims {
  return {
    scope: kind === 'access' ? accessScope(payload.scope) : refreshScope(payload.scope),
    did: text(payload.sub),
    sessionId: text(payload.sid),
    epoch: whole(payload.epoch),
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

/** The session knows what the token leads to. */
function refreshScope(claim: unknown): AccessScope {
  if (claim !== scopeClaim('refresh', 'access')) throw new TokenError('wrong-kind')
  return 'access'
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new TokenError('malformed')
  return value
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TokenError('malformed')
  return value as number
}

function date(value: unknown): Date {
  const result = new Date(whole(value) * 1000)
  if (Number.isNaN(result.getTime())) throw new TokenError('malformed')
  return result
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { AuthRequiredError } from '@atproto/xrpc-server'
import type { AccountService } from '../account-service.ts'
import type { AdminCredentials } from '../operator/authenticate-admin.ts'
import {
  type AccessGrant,
  type AccountProfile,
  type Admission,
  SESSION_SCOPES,
} from '../sessions/authenticate.ts'
import type { CallerOf } from './call-limits.ts'
import { identify } from './identified-request.ts'

/**
 * The part of a call that a verifier needs; satisfied by calls and streams of
 * `@atproto/xrpc-server`.
 */
export interface AuthContext {
  readonly req: IncomingMessage
  readonly res?: ServerResponse
}

export interface AccessAuth {
  readonly credentials: AccessGrant & { readonly type: 'access' }
}

/** The DID and the account of the caller. */
export interface OwnerAuth {
  readonly credentials: { readonly type: 'owner'; readonly account: AccountProfile }
}

/** A bearer token not verified yet. */
export interface BearerAuth {
  readonly credentials: { readonly type: 'bearer'; readonly token: string }
}

export interface AdminAuth {
  readonly credentials: { readonly type: 'admin' }
}

/** Authenticate the caller or throw the error to answer. For the `auth` of a method's config. */
export interface AuthVerifiers {
  /**
   * An access token of an active account, `Authorization: Bearer …`. Missing → 401 `AuthMissing`;
   * not ours, or of an app → 400 `InvalidToken`; expired or revoked → 400 `ExpiredToken`; account
   * disabled → 403 `AccountDisabled`, deactivated → 403 `AccountDeactivated`.
   */
  readonly access: (context: AuthContext) => Promise<AccessAuth>
  /**
   * Like `access`, also for sessions of apps and of deactivated or disabled accounts (disabling
   * ends all sessions).
   */
  readonly accessReadOnly: (context: AuthContext) => Promise<AccessAuth>
  /**
   * HTTP Basic with the user `admin` (RFC 7617). Anything else → 401; after too many failures from
   * one address → 429.
   */
  readonly admin: (context: AuthContext) => Promise<AdminAuth>
}

const LOOKING: Admission = {
  allowDisabled: true,
  allowDeactivated: true,
  scopes: SESSION_SCOPES,
}

export function createAuthVerifiers(service: AccountService, callerOf: CallerOf): AuthVerifiers {
  const verifyAccess = async ({ req }: AuthContext, admission: Admission): Promise<AccessAuth> => {
    const token = requireBearer(req)
    const grant = await service.authenticate(token, admission)
    identify(req, grant.did)
    return { credentials: { type: 'access', ...grant } }
  }

  return {
    access: (context) => verifyAccess(context, { allowDisabled: false }),
    accessReadOnly: (context) => verifyAccess(context, LOOKING),
    admin: async ({ req }) => {
      const given = basicCredentials(req)
      if (given === undefined) throw new AuthRequiredError('Admin credentials are required')
      await service.authenticateAdmin(given, callerOf({ req }))
      return { credentials: { type: 'admin' } }
    },
  }
}

/** Like `accessReadOnly`, for methods that return the account. */
export function ownerVerifier(
  service: AccountService,
): (context: AuthContext) => Promise<OwnerAuth> {
  return async ({ req }) => {
    const account = await service.getOwn(requireBearer(req))
    identify(req, account.did)
    return { credentials: { type: 'owner', account } }
  }
}

/** For methods that take the bearer token as their input. */
export async function bearer({ req }: AuthContext): Promise<BearerAuth> {
  return { credentials: { type: 'bearer', token: requireBearer(req) } }
}

function requireBearer(req: IncomingMessage): string {
  const token = bearerToken(req)
  if (token === undefined) throw new AuthRequiredError('A bearer token is required', 'AuthMissing')
  return token
}

/** Scheme names are case-insensitive (RFC 9110 §11.1). */
function bearerToken(req: IncomingMessage): string | undefined {
  return /^bearer +(\S.*)$/i.exec(req.headers.authorization ?? '')?.[1]?.trim()
}

/** The user name ends at the first colon; the password may contain colons. */
export function basicCredentials(req: IncomingMessage): AdminCredentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(req.headers.authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) return undefined
  return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

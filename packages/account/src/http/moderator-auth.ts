import type { IncomingMessage } from 'node:http'
import { AuthRequiredError } from '@atproto/xrpc-server'
import { type DidResolver, serviceAuth } from '@lexwright/xrpc/auth'
import type { AccountService } from '../account-service.ts'
import { DidDeactivated, DidNotFound } from '../errors.ts'
import type { HostOperator } from '../operator/authenticate-admin.ts'
import type { Apps } from './apps.ts'
import { type AdminAuth, type AuthContext, type AuthVerifiers, basicCredentials } from './auth.ts'
import type { CallerOf } from './call-limits.ts'
import { refuseLikeToday } from './todays-auth.ts'

/** The moderation service, authenticated by a service token for the method. */
export interface ModeratorAuth {
  readonly credentials: { readonly type: 'moderator'; readonly did: string }
}

/** The operator of a host, whose PDS forwards the call. */
export interface HostAuth {
  readonly credentials: { readonly type: 'host'; readonly host: HostOperator }
}

/** Authenticates callers of operator methods. */
export interface OperatorVerifiers {
  readonly admin: AuthVerifiers['admin']
  /** The admin, or behind an entryway the operator of a host. */
  readonly hostAdmin: (context: AuthContext) => Promise<AdminAuth | HostAuth>
  /** The admin, or the moderation service if one is configured. */
  readonly moderator: (context: AuthContext) => Promise<AdminAuth | ModeratorAuth>
}

export interface ModeratorOptions {
  readonly admin: AuthVerifiers['admin']
  readonly callerOf: CallerOf
  readonly apps: Apps
  readonly policy: { readonly serviceDid: string; readonly modServiceDid: string | undefined }
}

/** Failed attempts of both count against their address, and both are audited. */
export function createOperatorVerifiers(
  service: AccountService,
  { admin, callerOf, apps, policy: { serviceDid, modServiceDid } }: ModeratorOptions,
): OperatorVerifiers {
  const hostAdmin: OperatorVerifiers['hostAdmin'] = async (context) => {
    const { findHost } = apps
    const given = basicCredentials(context.req)
    if (findHost === undefined || given === undefined) return await admin(context)
    const caller = callerOf({ req: context.req })
    const host = await service
      .authenticateHostAdmin(given, { caller, findHost })
      .catch(refuseLikeToday)
    return host === undefined
      ? { credentials: { type: 'admin' } }
      : { credentials: { type: 'host', host } }
  }
  if (modServiceDid === undefined) return { admin, hostAdmin, moderator: admin }
  const verify = serviceAuth({
    audience: serviceDid,
    resolver: resolverOf(service),
  })
  const verifyModerator = async (context: AuthContext): Promise<string> => {
    // Checked first: documents of other issuers are never fetched.
    const issuer = issuerOf(context.req)
    if (issuer !== modServiceDid && issuer !== `${modServiceDid}#atproto_labeler`) {
      throw new AuthRequiredError('Untrusted issuer', 'UntrustedIss')
    }
    return (await verify(context)).credentials.did
  }
  return {
    admin,
    hostAdmin,
    moderator: async (context) => {
      if (!/^bearer /i.test(context.req.headers.authorization ?? '')) return await admin(context)
      const did = await service.admitModerator(
        () => verifyModerator(context),
        callerOf({ req: context.req }),
      )
      return { credentials: { type: 'moderator', did } }
    },
  }
}

/** The issuer claimed by the token, unverified. */
function issuerOf({ headers: { authorization = '' } }: IncomingMessage): unknown {
  try {
    return JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()).iss
  } catch {
    return undefined
  }
}

function resolverOf(service: AccountService): DidResolver {
  return {
    resolve: async (did, isFresh = false) => {
      try {
        return (await service.resolveDid(did, { isFresh })) as DidDocument
      } catch (error) {
        if (error instanceof DidNotFound || error instanceof DidDeactivated) return null
        throw error
      }
    },
  }
}

type DidDocument = NonNullable<Awaited<ReturnType<DidResolver['resolve']>>>

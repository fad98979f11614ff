import type { IncomingMessage } from 'node:http'
import { AccountError, TemporarilyUnavailable } from '@lexwright/account'
import { TokenError } from '@lexwright/account/extension'
import type { Host } from '../hosts/host.ts'
import { type CallerToken, callerToken, DID, withoutFragment } from './caller-token.ts'
import type { KnownHosts } from './known-hosts.ts'
import type { MethodCall } from './methods.ts'
import { ProxyRefusal, staleAudience } from './refusal.ts'

export interface RouteOptions {
  readonly hosts: KnownHosts
  /** The DID of the entryway. */
  readonly serviceDid: string
  /**
   * Verifies an access token of the entryway, for the host that its account has now.
   *
   * @throws {TokenError}
   */
  readonly verifyToken: (jwt: string) => Promise<unknown>
  /** Of an account here. */
  readonly resolveHandle: (handle: string) => Promise<string>
}

/** Where a call goes. */
export interface Route {
  readonly host: Host
  /** The account that calls or is asked for. */
  readonly did: string
  /** The token that says so. */
  readonly token: CallerToken | undefined
}

/**
 * Finds the host of a call: that of the account whose token it has, else that of the account it asks for.
 *
 * @throws {ProxyRefusal}
 */
export async function routeOf(
  req: IncomingMessage,
  { search }: MethodCall,
  options: RouteOptions,
): Promise<Route> {
  const token = callerToken(req)
  if (token === undefined) {
    const { authorization = '' } = req.headers
    // A password is for the entryway, and goes no further.
    if (authorization !== '' && !/^basic /i.test(authorization)) {
      throw new ProxyRefusal(400, 'InvalidToken', 'Malformed token')
    }
    return await routeByAccount(search, options)
  }
  const { hosts, serviceDid } = options
  if (token.kind === 'service' && withoutFragment(token.audience) === serviceDid) {
    // Its issuer wants the entryway to answer. A PDS that is asked in its place would ask again.
    throw new ProxyRefusal(501, 'MethodNotImplemented', 'The entryway does not have this method')
  }
  const { did } = token
  let host = await hosts.byAccount(did)
  if (token.kind === 'session' && token.audience !== host?.did) {
    await verify(token, options)
    host = await hosts.byAccount(did)
  }
  if (host === undefined) throw notFound(did)
  return { host, did, token }
}

/** Forged tokens do not get as far as the database. */
async function verify({ jwt }: CallerToken, { verifyToken }: RouteOptions): Promise<void> {
  try {
    await verifyToken(jwt)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    if (cause.code === 'stale-audience') throw staleAudience({ cause })
    const { code, message } = cause
    throw code === 'expired'
      ? new ProxyRefusal(400, 'ExpiredToken', message, { cause })
      : new ProxyRefusal(400, 'InvalidToken', 'Token could not be verified', { cause })
  }
}

async function routeByAccount(
  search: string,
  { hosts, resolveHandle }: RouteOptions,
): Promise<Route> {
  const params = new URLSearchParams(search)
  const asked = params.get('did') ?? params.get('repo')
  if (asked === null) throw new ProxyRefusal(401, 'AuthMissing', 'Authentication Required')
  const did = DID.test(asked) ? asked : await ofHandle(asked, resolveHandle)
  const host = await hosts.byAccount(did)
  if (host === undefined) throw notFound(asked)
  return { host, did, token: undefined }
}

async function ofHandle(
  handle: string,
  resolveHandle: RouteOptions['resolveHandle'],
): Promise<string> {
  try {
    return await resolveHandle(handle)
  } catch (cause) {
    const isKnown = cause instanceof AccountError && !(cause instanceof TemporarilyUnavailable)
    throw isKnown ? notFound(handle, { cause }) : cause
  }
}

function notFound(account: string, options?: ErrorOptions): ProxyRefusal {
  const message = `Could not find repo: ${account.slice(0, 300)}`
  return new ProxyRefusal(400, 'RepoNotFound', message, options)
}

import type { IncomingMessage } from 'node:http'
import { AccountError, TemporarilyUnavailable } from '@lexwright/account'
import { TokenError } from '@lexwright/account/extension'
import type { AccountHost } from '../hosts/host.ts'
import { type CallerToken, callerToken, DID, withoutFragment } from './caller-token.ts'
import type { KnownHosts } from './known-hosts.ts'
import type { MethodCall } from './methods.ts'
import { ProxyRefusal, staleAudience } from './refusal.ts'

export interface RouteOptions {
  readonly hosts: KnownHosts
  /** The DID of the entryway. */
  readonly serviceDid: string
  /**
   * Verifies an access token of the entryway, including that its audience is the account's present
   * host.
   *
   * @throws {TokenError}
   */
  readonly verifyToken: (jwt: string) => Promise<unknown>
  /** Returns the DID of an account of this service. */
  readonly resolveHandle: (handle: string) => Promise<string>
}

/** The destination of a call. */
export interface Route {
  readonly host: AccountHost
  /** The calling account, or without a token the one in the parameters. */
  readonly did: string
  /** The token that names the account. */
  readonly token: CallerToken | undefined
}

/**
 * Finds the host of a call: that of the account in its token, or without a token of the account in its
 * parameters.
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
    // An admin password is meant for the entryway, and is not forwarded.
    if (authorization !== '' && !/^basic /i.test(authorization)) {
      throw new ProxyRefusal(400, 'InvalidToken', 'Malformed token')
    }
    return await routeByAccount(search, options)
  }
  const { hosts, serviceDid } = options
  if (token.kind === 'service' && withoutFragment(token.audience) === serviceDid) {
    // The token is for the entryway itself: if forwarded, the call would come back from the PDS.
    throw new ProxyRefusal(501, 'MethodNotImplemented', 'The entryway does not have this method')
  }
  const { did } = token
  let host = await hosts.byAccount(did)
  if (token.kind === 'session' && token.audience !== host?.did) {
    await verify(token, options)
    host = await hosts.byAccount(did)
  }
  // An account that was moving in may be there by now.
  if (host?.isExpected) host = await hosts.refresh(did)
  if (host === undefined) throw notFound(did)
  return { host, did, token }
}

/** Checks the signature first, so forged tokens cause no query. */
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
  let host = await hosts.byAccount(did)
  if (host?.isExpected) host = await hosts.refresh(did)
  if (host === undefined || host.isExpected) throw notFound(asked)
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

/**
 * Namespaces of methods about accounts, which are never forwarded, even if unknown: the PDS would
 * send such calls back.
 */
const ACCOUNT_NAMESPACES: readonly string[] = [
  'com.atproto.account.',
  'com.atproto.admin.',
  'com.atproto.handle.',
  'com.atproto.identity.',
  'com.atproto.server.',
  'com.atproto.session.',
  'com.atproto.temp.',
]

/**
 * Exceptions in those namespaces: an official PDS behind an entryway answers them itself, since only it has the repository and the
 * signing key.
 */
const OF_HOSTS: ReadonlySet<string> = new Set([
  'com.atproto.identity.getRecommendedDidCredentials',
  'com.atproto.server.checkAccountStatus',
  'com.atproto.server.getServiceAuth',
])

/** True for a method that the PDS of an account answers, including methods unknown here. */
export function isProxied(nsid: string): boolean {
  if (OF_HOSTS.has(nsid)) return true
  // Servers may match paths in any case.
  const lower = nsid.toLowerCase()
  return !ACCOUNT_NAMESPACES.some((namespace) => lower.startsWith(namespace))
}

/** A method and the query string of its call, question mark included. */
export interface MethodCall {
  readonly nsid: string
  readonly search: string
}

/**
 * Parses the URL of a call strictly; undefined if it is anything else. Decodes nothing, so no other server can read another
 * method from the same URL.
 */
export function methodCallOf(url: string): MethodCall | undefined {
  const [, nsid, search = ''] = PATH.exec(url) ?? []
  return nsid === undefined ? undefined : { nsid, search }
}

/** Source: https://atproto.com/specs/nsid, "NSID Syntax". */
const PATH =
  /^\/xrpc\/((?=[^?]{1,317}(?:\?|$))[a-zA-Z][a-zA-Z0-9-]*(?:\.[a-zA-Z0-9-]+)+)(\?[!-~]*)?$/

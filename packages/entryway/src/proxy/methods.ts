/** Calls of these namespaces are account business, whatever the entryway answers: proxied, they would come back. */
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
 * Methods of those namespaces that an official PDS answers itself, behind an entryway too, from the repository and the signing key
 * that only it has.
 */
const OF_HOSTS: ReadonlySet<string> = new Set([
  'com.atproto.identity.getRecommendedDidCredentials',
  'com.atproto.server.checkAccountStatus',
  'com.atproto.server.getServiceAuth',
])

/** True for a method that goes to the PDS of an account, one that nobody here knows included. */
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
 * Reads the URL of a call, exactly as it has to be; undefined for any other. Nothing of it is decoded, so no other server reads
 * another method into it.
 */
export function methodCallOf(url: string): MethodCall | undefined {
  const [, nsid, search = ''] = PATH.exec(url) ?? []
  return nsid === undefined ? undefined : { nsid, search }
}

/** Source: https://atproto.com/specs/nsid, "NSID Syntax". */
const PATH =
  /^\/xrpc\/((?=[^?]{1,317}(?:\?|$))[a-zA-Z][a-zA-Z0-9-]*(?:\.[a-zA-Z0-9-]+)+)(\?[!-~]*)?$/

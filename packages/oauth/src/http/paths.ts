import type { LimitName } from '@lexwright/account'

/** A path of the authorization server. */
export interface OwnPath {
  readonly kind: 'resource-metadata' | 'scope' | 'machine' | 'page' | 'page-file' | 'asset'
  /** Rate limit for the path; undefined for none. */
  readonly limit: LimitName | undefined
}

const METADATA: OwnPath = { kind: 'machine', limit: undefined }
const PAGE_FILE: OwnPath = { kind: 'page-file', limit: undefined }
const PAGE: OwnPath = { kind: 'page', limit: 'authorizationPage' }

const exact: ReadonlyMap<string, OwnPath> = new Map([
  ['/.well-known/oauth-protected-resource', { kind: 'resource-metadata', limit: undefined }],
  ['/xrpc/com.atproto.temp.dereferenceScope', { kind: 'scope', limit: undefined }],
  ['/.well-known/oauth-authorization-server', METADATA],
  ['/.well-known/change-password', { kind: 'asset', limit: undefined }],
  ['/oauth/jwks', METADATA],
  ['/oauth/par', { kind: 'machine', limit: 'authorizationRequest' }],
  ['/oauth/token', { kind: 'machine', limit: 'tokenRequest' }],
  ['/oauth/revoke', { kind: 'machine', limit: 'tokenRequest' }],
  ['/oauth/authorize', PAGE],
  ['/oauth/authorize/redirect', PAGE],
  ['/oauth/pages.css', PAGE_FILE],
  ['/oauth/pages.js', PAGE_FILE],
  ['/account', PAGE],
])

const prefixes: readonly (readonly [string, OwnPath])[] = [
  ['/account/', PAGE],
  ['/@atproto/oauth-provider/~api/', PAGE],
  ['/@atproto/oauth-provider/~assets/', { kind: 'asset', limit: undefined }],
]

/** Undefined for paths outside the authorization server. */
export function ownPath(url: string): OwnPath | undefined {
  const path = url.split('?', 1)[0] ?? ''
  return exact.get(path) ?? prefixes.find(([prefix]) => path.startsWith(prefix))?.[1]
}

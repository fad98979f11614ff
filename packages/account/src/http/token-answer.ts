import type { IncomingMessage } from 'node:http'
import type { SessionTokens } from '../sessions/sessions.ts'
import { identify } from './identified-request.ts'

/** An answer with tokens, which must not be cached (RFC 6749, section 5.1). */
export interface TokenAnswer<Body extends SessionTokens> {
  readonly encoding: 'application/json'
  readonly headers: { readonly 'Cache-Control': 'no-store' }
  readonly body: Body
}

/** Also records the account in the request. */
export function tokenAnswer<Body extends SessionTokens & { readonly did: string }>(
  req: IncomingMessage,
  body: Body,
): TokenAnswer<Body> {
  identify(req, body.did)
  return { encoding: 'application/json', headers: { 'Cache-Control': 'no-store' }, body }
}

import type { SessionTokens } from '../sessions/sessions.ts'

/** An answer with tokens, which no cache may keep. Source: RFC 6749, section 5.1. */
export interface TokenAnswer<Body extends SessionTokens> {
  readonly encoding: 'application/json'
  readonly headers: { readonly 'Cache-Control': 'no-store' }
  readonly body: Body
}

export function tokenAnswer<Body extends SessionTokens>(body: Body): TokenAnswer<Body> {
  return { encoding: 'application/json', headers: { 'Cache-Control': 'no-store' }, body }
}

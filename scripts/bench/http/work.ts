import type { IncomingHttpHeaders } from 'node:http'
import { AuthRequiredError, MemoryRateLimiter, type Options } from '@atproto/xrpc-server'

/** The work of every peer: the same two methods with the same values. */

export interface Account {
  readonly handle: string
  readonly email: string
  readonly password: string
  readonly inviteCode?: string
  readonly recoveryKey?: string
}

export const token: string = `eyJhbGciOiJIUzI1NiJ9.${'a'.repeat(180)}.${'b'.repeat(43)}`

/** A verifier that reads one header. */
export function verify(headers: IncomingHttpHeaders): { credentials: string } {
  const { authorization = '' } = headers
  if (!authorization.startsWith('Bearer ')) throw new AuthRequiredError()
  return { credentials: authorization.slice('Bearer '.length) }
}

/** A rate limit that no run reaches, by address, in memory. */
export const rateLimits: NonNullable<Options['rateLimits']> = {
  creator: (options) => new MemoryRateLimiter(options),
  global: [{ name: 'all', durationMs: 60_000, points: 1_000_000_000 }],
}

/** `com.atproto.account.create`. */
export function createAccount({
  handle,
}: Account): Record<'accessJwt' | 'refreshJwt' | 'handle' | 'did', string> {
  return { accessJwt: token, refreshJwt: token, handle, did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz' }
}

/** `com.atproto.handle.resolve`. */
export function resolveHandle(handle: string | undefined): { did: string } {
  return { did: handle === undefined ? 'did:web:example.test' : 'did:plc:ewvi7nxzyoun6zhxrhs64oiz' }
}

export interface Workload {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

export const workloads: readonly Workload[] = [
  {
    name: 'procedure',
    method: 'POST',
    path: '/xrpc/com.atproto.account.create',
    body: JSON.stringify({
      handle: 'alice.example.test',
      email: 'alice@example.test',
      password: 'correct horse battery staple',
      inviteCode: 'example-test-abcde-fghij',
    }),
  },
  {
    name: 'query',
    method: 'GET',
    path: '/xrpc/com.atproto.handle.resolve?handle=alice.example.test',
  },
]

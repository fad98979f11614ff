import autocannon, { type Request } from 'autocannon'
import { memoryOf, type Server, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

const CALLS = 500_000
const STEPS = 5
const CONNECTIONS = 32

/**
 * Checks that memory does not grow with the number of calls: half an hour at about 280 calls a
 * second.
 */
export async function benchMemory(database: SeededDatabase): Promise<void> {
  const server = await startOurs(database, {
    PDS_PASSWORD_HASH_COST: '4',
    // Counts calls, as part of the load, under limits too high to refuse any.
    PDS_RATE_LIMITS_ENABLED: 'true',
    PDS_TRUSTED_PROXIES: '1',
    PDS_RATE_LIMITS: [
      'create',
      'login',
      'loginDaily',
      'resetRequest',
      'resetRequestDaily',
      'resetRequestAccount',
      'reset',
    ]
      .map((name) => `${name}=999999999/3600`)
      .join(','),
  })
  console.log('### Memory under mixed load\n')
  console.log('| Calls | resident MB |')
  console.log('|---:|---:|')
  for (let step = 1; step <= STEPS; step++) {
    await callMixed(server, database.tokens, CALLS / STEPS)
    const calls = ((CALLS / STEPS) * step).toLocaleString('en')
    console.log(`| ${calls} | ${(await memoryOf(server)).toFixed(0)} |`)
  }
  await server.stop()
  console.log('\nTarget: flat.\n')
}

async function callMixed(server: Server, tokens: readonly string[], amount: number): Promise<void> {
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    amount,
    setupClient: (client) => client.setRequests([...mixOf(tokens)]),
  })
  if (result['5xx'] > 0 || result.errors > 0) {
    throw new Error(`${result['5xx']} answers above 499, ${result.errors} errors`)
  }
}

let people = 0

/**
 * A hundred calls typical of an account service: most read, some sign up and delete, a few are invalid.
 */
function mixOf(tokens: readonly string[]): readonly Request[] {
  const path = (method: string) => `/xrpc/com.atproto.${method}`
  const get = (method: string, token: string): Request => ({
    method: 'GET',
    path: path(method),
    headers: { authorization: `Bearer ${token}` },
  })
  /** With a new name each time. */
  const post = (method: string, bodyFor: (name: string) => object): Request => ({
    method: 'POST',
    path: path(method),
    setupRequest: (request) => ({
      ...request,
      headers: {
        'content-type': 'application/json',
        // One address may use only a sixteenth of the password queue.
        'x-forwarded-for': `192.0.2.${++people % 256}`,
      },
      body: JSON.stringify(bodyFor(`m${people.toString(36)}`)),
    }),
  })
  const start = Math.floor(Math.random() * tokens.length)
  const token = (n: number) => tokens[(start + n) % tokens.length] ?? ''
  const password = 'correct horse battery'
  return [
    ...Array.from({ length: 70 }, (_, n) => get('account.get', token(n))),
    ...Array.from({ length: 15 }, (_, n) => get('session.get', token(n))),
    ...Array.from({ length: 5 }, (_, n) => get('account.get', `${token(n)}x`)),
    ...Array.from({ length: 3 }, (_, n) => get(`handle.resolve?handle=seed${start + n}.test`, '')),
    ...Array.from({ length: 3 }, () =>
      post('session.create', (name) => ({ handle: `${name}.test`, password })),
    ),
    ...Array.from({ length: 2 }, () =>
      post('account.requestPasswordReset', (name) => ({ email: `${name}@example.com` })),
    ),
    post('account.resetPassword', (name) => ({ token: name, password })),
    post('account.create', (name) => ({
      handle: `${name}-new.test`,
      email: `${name}-new@example.com`,
      password,
    })),
  ]
}

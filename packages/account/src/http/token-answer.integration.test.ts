import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'

let database: TestDatabase
let harness: AccountHarness
beforeAll(async () => {
  database = await openAccountDatabase()
  harness = await openAccountHarness(database.db)
})
afterAll(async () => {
  await harness.close()
  await database.close()
})

async function post(method: string, body?: object, token?: string) {
  const response = await fetch(`${harness.url}/xrpc/com.atproto.${method}`, {
    method: 'POST',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Record<string, string>
  return { cache: response.headers.get('cache-control'), body: answer }
}

it('marks answers with tokens as not cacheable', async () => {
  const password = 'correct horse battery'
  const handle = 'cached.test'
  const created = await post('account.create', { handle, email: 'cached@example.com', password })
  const session = await post('session.create', { handle, password })
  const refreshed = await post('session.refresh', undefined, session.body.refreshJwt)
  for (const { cache, body } of [created, session, refreshed]) {
    expect(body).toHaveProperty('accessJwt')
    expect(cache).toBe('no-store')
  }
})

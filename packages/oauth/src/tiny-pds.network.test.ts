import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  copyTinyPds,
  type TinyPds,
  type TinyPdsCopy,
} from '@lexwright/testing/official-pds/tiny-pds'
import { createNodeClient, storeOf } from '@lexwright/testing/third-party/oauth-node-client'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { authorize, createTestApp, REDIRECT_URI } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { PASSWORD } from './testing/service.ts'

let plc: PlcDirectory
let example: TinyPdsCopy
let pds: TinyPds
beforeAll(async () => {
  plc = await startPlcDirectory()
  example = await copyTinyPds(plc.url)
  pds = await example.start('tiny')
})
afterAll(async () => {
  await pds.close()
  await example.remove()
  await plc.close()
})

const HANDLE = 'alice.tiny.test'

/** Sends JSON and returns the answer. */
async function call(ask: typeof fetch, path: string, input?: object) {
  const headers = { 'content-type': 'application/json' }
  const init = input && { method: 'POST', headers, body: JSON.stringify(input) }
  const response = await ask(path, init)
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, body }
}

async function logIn(scope: string) {
  const client = createNodeClient(
    {
      clientId: (await createTestApp(pds.url, scope)).clientId,
      redirectUri: REDIRECT_URI,
      scope,
      service: pds.url,
      plcDirectoryUrl: plc.url,
    },
    storeOf(new Map()),
  )
  const { pathname, search } = await client.authorize(HANDLE, { scope })
  const account = { username: HANDLE, password: PASSWORD }
  const location = await authorize(createTestBrowser(pds.url), `${pathname}${search}`, account)
  const { session } = await client.callback(location.searchParams)
  const ask = session.fetchHandler.bind(session) as typeof fetch
  return { session, call: (path: string, input?: object) => call(ask, path, input) }
}

it('lets the official client for servers write a record with its scope, and not without', async () => {
  const account = { handle: HANDLE, email: 'alice@mail.example', password: PASSWORD }
  const method = `${pds.url}/xrpc/com.atproto.server.createAccount`
  const { body: created } = await call(fetch, method, account)
  const collection = 'app.bsky.feed.post'
  const record = { $type: collection, text: 'Hello.', createdAt: new Date().toISOString() }
  const write = { repo: created.did, collection, record }

  const app = await logIn('atproto transition:generic')
  const session = await app.call('/xrpc/com.atproto.server.getSession')
  expect(session.body).toMatchObject({ did: created.did, handle: HANDLE })
  const written = await app.call('/xrpc/com.atproto.repo.createRecord', write)
  expect(written).toMatchObject({ status: 200, body: { validationStatus: 'valid' } })
  await app.session.getTokenInfo(true)
  expect((await app.call('/xrpc/com.atproto.repo.createRecord', write)).status).toBe(200)

  const plain = await logIn('atproto')
  const refused = await plain.call('/xrpc/com.atproto.repo.createRecord', write)
  expect(refused).toMatchObject({ status: 403, body: { error: 'ScopeMissingError' } })
  const list = `${pds.url}/xrpc/com.atproto.repo.listRecords?repo=${HANDLE}&collection=${collection}`
  expect((await call(fetch, list)).body.records).toHaveLength(2)
})

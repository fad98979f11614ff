import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { errorOf, openPds, POST, type TestPds } from './testing/open-pds.ts'

let pds: TestPds
/** Calls forwarded to other services. */
const passedOn: { readonly url: string; readonly authorization: string | null }[] = []
before(async () => {
  const service = [{ id: '#view', type: 'View', serviceEndpoint: 'https://view.test' }]
  pds = await openPds({
    resolver: {
      handle: { resolve: async () => undefined },
      did: { resolve: async (id) => (id === 'did:web:view.test' ? { id, service } : null) },
    },
    fetch: async (url, init) => {
      const authorization = new Headers(init?.headers).get('authorization')
      passedOn.push({ url: String(url), authorization })
      return Response.json({ uri: 'at://a.test', likes: [] })
    },
    relays: ['https://relay.test'],
  })
})
after(() => pds.close())

test('forwards unknown methods on behalf of the account', async () => {
  const agent = await pds.signUp('rosa')
  const view = agent.withProxy('view' as never, 'did:web:view.test')
  const { data } = await view.app.bsky.feed.getLikes({ uri: `at://${agent.did}/${POST}/a` })
  assert.deepEqual(data, { uri: 'at://a.test', likes: [] })
  const call = passedOn.find(({ url }) => url.startsWith('https://view.test'))
  assert.match(call?.url ?? '', /^https:\/\/view\.test\/xrpc\/app\.bsky\.feed\.getLikes\?uri=at/)
  const [, claims = ''] = (call?.authorization ?? '').split('.')
  const { iss, aud, lxm } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.deepEqual([iss, aud, lxm], [agent.did, 'did:web:view.test', 'app.bsky.feed.getLikes'])
  const nowhere = agent.withProxy('other' as never, 'did:web:view.test')
  const lost = nowhere.app.bsky.feed.getLikes({ uri: `at://${agent.did}/${POST}/a` })
  assert.equal(await errorOf(lost), 'InvalidRequest')
  assert.equal(await errorOf(agent.app.bsky.feed.getTimeline()), 'MethodNotImplemented')
})

test('proves the handles of its accounts, and serves its DID document', async () => {
  const { did } = await pds.signUp('sam')
  assert.equal(await (await pds.fetch('http://sam.test/.well-known/atproto-did')).text(), did)
  const nobody = await pds.fetch('http://nobody.test/.well-known/atproto-did')
  assert.equal(nobody.status, 404)
  const document = await (await pds.fetch('https://pds.test/.well-known/did.json')).json()
  assert.equal(document.service[0].serviceEndpoint, 'https://pds.test')
})

test('asks relays to crawl it, at most every 20 minutes', () => {
  const asked = passedOn.filter(({ url }) => url.startsWith('https://relay.test'))
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['https://relay.test/xrpc/com.atproto.sync.requestCrawl'],
  )
})

test('has at most 1,200 lines', async () => {
  const files = (await readdir(import.meta.dirname)).filter((name) => !name.includes('test'))
  const texts = files.map((name) => readFile(join(import.meta.dirname, name), 'utf8'))
  const lines = (await Promise.all(texts)).join('').split('\n')
  assert.ok(lines.length <= 1_200, `${lines.length} lines`)
})

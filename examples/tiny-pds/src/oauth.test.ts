import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signIn } from './testing/oauth-app.ts'
import { openPds, POST, password, post, type TestPds } from './testing/open-pds.ts'

let pds: TestPds
let did: string
before(async () => {
  pds = await openPds()
  did = (await pds.signUp('alice')).did
})
after(() => pds.close())

const logIn = (scope: string) =>
  signIn(
    { fetch: pds.fetch, origin: 'https://pds.test', scope },
    { username: 'alice.test', password },
  )
const REPO = 'com.atproto.repo'
const create = (collection = POST) => ({ repo: did, collection, record: post('From an app.') })

test('an app writes records and blobs with a token bound to its key, and reads its session', async () => {
  const app = await logIn('atproto transition:generic')
  const session = await app.call('com.atproto.server.getSession')
  assert.deepEqual([session.body.did, session.body.handle], [did, 'alice.test'])
  const created = await app.call(`${REPO}.createRecord`, create())
  assert.equal(created.body.validationStatus, 'valid')
  const rkey = created.body.uri.split('/').at(-1)
  const put = { ...create(), rkey }
  assert.equal((await app.call(`${REPO}.putRecord`, put)).status, 200)
  const writes = [{ $type: `${REPO}.applyWrites#delete`, collection: POST, rkey }]
  assert.equal((await app.call(`${REPO}.applyWrites`, { repo: did, writes })).status, 200)
  assert.deepEqual((await app.call(`${REPO}.listMissingBlobs`)).body.blobs, [])
})

test('an app may do only what its scope allows', async () => {
  const plain = await logIn('atproto')
  const refusals = await Promise.all([
    plain.call(`${REPO}.createRecord`, create()),
    plain.call(`${REPO}.putRecord`, { ...create(), rkey: 'a' }),
    plain.call(`${REPO}.deleteRecord`, { repo: did, collection: POST, rkey: 'a' }),
    plain.call(`${REPO}.applyWrites`, {
      repo: did,
      writes: [
        { $type: `${REPO}.applyWrites#create`, collection: POST, value: post('Sneaked in.') },
      ],
    }),
    plain.call(`${REPO}.uploadBlob`, {}),
    plain.call(`${REPO}.importRepo`, {}),
    plain.call('com.example.getFeed', undefined, { 'atproto-proxy': 'did:web:view.test#view' }),
  ])
  assert.deepEqual(
    refusals.map(({ status, body }) => [status, body.error]),
    Array(7).fill([403, 'ScopeMissingError']),
  )
  assert.equal((await plain.call('com.atproto.server.getSession')).status, 200)
  // Owners can read their repositories in any state and with any app.
  await pds.accounts.service.deactivateAccount({ did })
  const status = await plain.call(`com.atproto.sync.listBlobs?did=${did}`)
  assert.equal(status.status, 200)
  await pds.accounts.service.activateAccount(did)

  const likes = await logIn('atproto repo:app.bsky.feed.like?action=create')
  const refused = await likes.call(`${REPO}.createRecord`, create())
  assert.equal(refused.body.error, 'ScopeMissingError')
  const LIKE = 'app.bsky.feed.like'
  const record = { ...post(''), $type: LIKE, subject: { uri: `at://${did}/${POST}/a`, cid: CID } }
  const like = { repo: did, collection: LIKE, record }
  assert.equal((await likes.call(`${REPO}.createRecord`, like)).status, 200)
  const replaced = await likes.call(`${REPO}.putRecord`, { ...like, rkey: 'a' })
  assert.equal(replaced.body.error, 'ScopeMissingError')
})

const CID = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'

test('an app finds the authorization server at the PDS', async () => {
  const found = await pds.fetch('https://pds.test/.well-known/oauth-protected-resource')
  const { authorization_servers } = (await found.json()) as { authorization_servers: unknown }
  assert.deepEqual(authorization_servers, ['https://pds.test'])
})

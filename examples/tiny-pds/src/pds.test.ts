import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { AtpAgent } from '@atproto/api'
import { readCarWithRoot, verifyDiffCar, verifyRepoCar } from '@atproto/repo'
import { Repos } from './repos.ts'
import { openPds, POST, type TestPds } from './testing/open-pds.ts'
import { prepareWrite } from './writes.ts'

const CAR = 'application/vnd.ipld.car'
let pds: TestPds
/** Calls of other services. */
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

const post = (text: string, more: object = {}) => ({
  $type: POST,
  text,
  createdAt: new Date().toISOString(),
  ...more,
})
const errorOf = async (call: Promise<unknown>) =>
  await call.then(
    () => 'none',
    (error) => error.error,
  )
/** The repository, with every signature and every hash checked. */
async function verify(agent: AtpAgent & { readonly did: string }) {
  const { did } = agent
  const { data } = await agent.com.atproto.sync.getRepo({ did })
  return await verifyRepoCar(data, did, await pds.accounts.keys.publicKey(did))
}

describe('records', () => {
  test('are created, read, listed, replaced and deleted, in a repository that its key has signed', async () => {
    const agent = await pds.signUp('alice')
    const { did } = agent
    const { uri, cid } = await agent.post({ text: 'Hello.', createdAt: new Date().toISOString() })
    const rkey = uri.split('/').at(-1) ?? ''
    const path = { repo: did, collection: POST, rkey }
    const read = await agent.com.atproto.repo.getRecord({ ...path, repo: 'alice.test' })
    assert.deepEqual([read.data.cid, read.data.value.text], [cid, 'Hello.'])
    const { creates } = await verify(agent)
    assert.deepEqual(
      creates.map((create) => [create.collection, create.rkey, String(create.cid)]),
      [[POST, rkey, cid]],
    )

    const record = post('Hello again.')
    const put = await agent.com.atproto.repo.putRecord({ ...path, record })
    assert.equal(put.data.validationStatus, 'valid')
    // Writing an unchanged record makes no commit.
    const again = await agent.com.atproto.repo.putRecord({ ...path, record })
    assert.deepEqual([again.data.cid, again.data.commit], [put.data.cid, undefined])
    await agent.post({ text: 'Second.', createdAt: new Date().toISOString() })
    const newest = await agent.com.atproto.repo.listRecords({
      repo: did,
      collection: POST,
      limit: 1,
    })
    assert.deepEqual(
      newest.data.records.map(({ value }) => value.text),
      ['Second.'],
    )
    const { cursor } = newest.data
    const next = await agent.com.atproto.repo.listRecords({ repo: did, collection: POST, cursor })
    assert.deepEqual(
      next.data.records.map(({ value }) => value.text),
      ['Hello again.'],
    )
    const described = await agent.com.atproto.repo.describeRepo({ repo: did })
    assert.deepEqual(
      [described.data.handle, described.data.collections, described.data.handleIsCorrect],
      ['alice.test', [POST], true],
    )

    await agent.deletePost(uri)
    const gone = await agent.com.atproto.repo.deleteRecord(path)
    assert.equal(gone.data.commit, undefined)
    assert.equal(await errorOf(agent.com.atproto.repo.getRecord(path)), 'RecordNotFound')
    assert.equal((await verify(agent)).creates.length, 1)
  })

  test('are checked against their lexicon where it is known', async () => {
    const agent = await pds.signUp('bob')
    const create = (collection: string, record: object, validate?: boolean) =>
      agent.com.atproto.repo.createRecord({
        repo: agent.did,
        collection,
        record: record as Record<string, unknown>,
        ...(validate !== undefined && { validate }),
      })
    const bad = { $type: POST, text: 7, createdAt: new Date().toISOString() }
    assert.equal(await errorOf(create(POST, bad)), 'InvalidRequest')
    assert.equal((await create(POST, bad, false)).data.validationStatus, undefined)
    const unknown = 'com.example.note'
    assert.equal((await create(unknown, { a: 1 })).data.validationStatus, 'unknown')
    assert.equal(await errorOf(create(unknown, { a: 1 }, true)), 'InvalidRequest')
    assert.equal(await errorOf(create(unknown, { $type: POST })), 'InvalidRequest')
  })

  test('are written by nobody else', async () => {
    const [carol, dave] = [await pds.signUp('carol'), await pds.signUp('dave')]
    const write = { repo: carol.did, collection: POST, record: post('Not mine.') }
    assert.equal(await errorOf(dave.com.atproto.repo.createRecord(write)), 'AuthenticationRequired')
    assert.equal(await errorOf(pds.agent().com.atproto.repo.createRecord(write)), 'AuthMissing')
    await carol.com.atproto.server.deactivateAccount({})
    assert.equal(await errorOf(carol.com.atproto.repo.createRecord(write)), 'AccountDeactivated')
  })

  test('that have the same content keep it when one of them goes', async () => {
    const agent = await pds.signUp('erin')
    const record = post('Twice.')
    const create = (rkey: string) =>
      agent.com.atproto.repo.createRecord({ repo: agent.did, collection: POST, rkey, record })
    const [first, second] = [await create('one'), await create('two')]
    assert.equal(first.data.cid, second.data.cid)
    await agent.deletePost(first.data.uri)
    assert.deepEqual(
      (await verify(agent)).creates.map(({ rkey }) => rkey),
      ['two'],
    )
  })
})

describe('writers at the same time', () => {
  test('come one after the other, in one process and in several', async () => {
    const agent = await pds.signUp('frank')
    const { did } = agent
    // As another process: it shares nothing with the first but the database.
    const other = new Repos({ db: pds.db, keys: pds.accounts.keys, onCommit: () => {} })
    const writes = Array.from({ length: 12 }, (_, n) => {
      const write = prepareWrite({ action: 'create', collection: POST, record: post(`${n}`) })
      return (n % 2 === 0 ? pds.repos : other).write(did, [{ ...write, rkey: `key${n}` }])
    })
    const revs = (await Promise.all(writes)).map(({ commit }) => commit?.rev)
    assert.equal(new Set(revs).size, 12)
    assert.equal((await verify(agent)).creates.length, 12)
    const all = await pds.db
      .selectFrom('pds.event')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('did', '=', did)
      .where('type', '=', 'commit')
      .executeTakeFirstOrThrow()
    assert.equal(Number(all.count), 12)
  })

  test('are refused when they ask for a state that has passed', async () => {
    const agent = await pds.signUp('grace')
    const repo = agent.did
    const create = (text: string, swapCommit?: string) =>
      agent.com.atproto.repo.createRecord({
        ...{ repo, collection: POST, record: post(text) },
        ...(swapCommit && { swapCommit }),
      })
    const first = (await create('first')).data
    const head = first.commit?.cid ?? ''
    const outcomes = await Promise.all([errorOf(create('a', head)), errorOf(create('b', head))])
    assert.deepEqual(outcomes.toSorted(), ['InvalidSwap', 'none'])

    const path = { repo, collection: POST, rkey: first.uri.split('/').at(-1) ?? '' }
    const put = (swapRecord: string | null) =>
      agent.com.atproto.repo.putRecord({ ...path, record: post('new'), swapRecord })
    assert.equal(await errorOf(put(null)), 'InvalidSwap')
    assert.equal(await errorOf(put(first.cid)), 'none')
    assert.equal(await errorOf(put(first.cid)), 'InvalidSwap')
    const remove = agent.com.atproto.repo.deleteRecord({ ...path, swapRecord: first.cid })
    assert.equal(await errorOf(remove), 'InvalidSwap')
  })

  test('make several changes together or none', async () => {
    const agent = await pds.signUp('heidi')
    const repo = agent.did
    const create = (rkey: string) => ({
      $type: 'com.atproto.repo.applyWrites#create' as const,
      ...{ collection: POST, rkey, value: post(rkey) },
    })
    const remove = (rkey: string) => ({
      $type: 'com.atproto.repo.applyWrites#delete' as const,
      ...{ collection: POST, rkey },
    })
    const apply = (...writes: (ReturnType<typeof create> | ReturnType<typeof remove>)[]) =>
      agent.com.atproto.repo.applyWrites({ repo, writes })
    const { data } = await apply(create('one'), create('two'))
    assert.deepEqual(
      data.results?.map(({ $type }) => $type),
      Array(2).fill('com.atproto.repo.applyWrites#createResult'),
    )
    assert.equal(await errorOf(apply(create('three'), remove('four'))), 'InvalidRequest')
    assert.equal(await errorOf(apply(create('three'), create('three'))), 'InvalidRequest')
    await apply(remove('one'), create('three'))
    assert.deepEqual(
      (await verify(agent)).creates.map(({ rkey }) => rkey),
      ['three', 'two'],
    )
    const before = (await agent.com.atproto.sync.getLatestCommit({ did: repo })).data
    const { commit } = (await apply()).data
    assert.ok(commit !== undefined && commit.rev > before.rev)
  })
})

describe('blobs', () => {
  test('are there once a record refers to them, and no longer', async () => {
    const agent = await pds.signUp('ivan')
    const { did } = agent
    const bytes = new Uint8Array([1, 2, 3])
    const { blob } = (await agent.uploadBlob(bytes, { encoding: 'image/png' })).data
    const cid = String(blob.ref)
    const get = () => agent.com.atproto.sync.getBlob({ did, cid })
    const list = async () => (await agent.com.atproto.sync.listBlobs({ did })).data.cids
    assert.equal(await errorOf(get()), 'BlobNotFound')
    const embed = { $type: 'app.bsky.embed.images', images: [{ image: blob, alt: '' }] }
    const { uri } = await agent.post({ text: 'A picture.', embed, createdAt: post('').createdAt })
    const { data, headers } = await get()
    assert.deepEqual([[...data], headers['content-type']], [[1, 2, 3], 'image/png'])
    assert.deepEqual(await list(), [cid])
    await agent.deletePost(uri)
    assert.deepEqual([await errorOf(get()), await list()], ['BlobNotFound', []])
    // It can be used again for a day.
    await agent.post({ text: 'Again.', embed, createdAt: post('').createdAt })
    assert.deepEqual(await list(), [cid])
    const other = await pds.signUp('judy')
    assert.equal(await errorOf(other.post({ text: 'Stolen.', embed })), 'BlobNotFound')
  })

  test('have a limit', async () => {
    const agent = await pds.signUp('kim')
    const upload = agent.uploadBlob(new Uint8Array(5 * 1024 * 1024 + 1), { encoding: 'image/png' })
    await assert.rejects(upload, { status: 413 })
  })
})

describe('the stream', () => {
  test('has each change of a repository and of its account, with blocks that prove it', async () => {
    const agent = await pds.signUp('leo')
    const { did } = agent
    const { data: start } = await agent.com.atproto.sync.getRepo({ did })
    const { uri } = await agent.post({ text: 'One.', createdAt: post('').createdAt })
    await agent.deletePost(uri)
    await agent.com.atproto.identity.updateHandle({ handle: 'leonard.test' })
    await agent.com.atproto.server.deactivateAccount({})
    const last = await pds.db
      .selectFrom('pds.event')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('did', '=', did)
      .executeTakeFirstOrThrow()
    assert.equal(Number(last.count), 7)
    const all = (await pds.events(0, await countEvents())).filter((e) => (e.did ?? e.repo) === did)
    assert.deepEqual(
      all.map(({ $type, handle, active, status }) => [
        String($type).split('#')[1],
        handle ?? active,
        status,
      ]),
      [
        ['identity', 'leo.test', undefined],
        ['account', true, undefined],
        ['sync', undefined, undefined],
        ['commit', undefined, undefined],
        ['commit', undefined, undefined],
        ['identity', 'leonard.test', undefined],
        ['account', false, 'deactivated'],
      ],
    )
    const key = await pds.accounts.keys.publicKey(did)
    const empty = await readCarWithRoot(start)
    const [created, deleted] = all.filter(({ ops }) => ops !== undefined)
    const ops = [created, deleted].map((event) => event?.ops as { action: string; path: string }[])
    const path = uri.split('/').slice(-2).join('/')
    assert.deepEqual(
      ops.flat().map((op) => [op.action, op.path]),
      [
        ['create', path],
        ['delete', path],
      ],
    )
    assert.equal(String(all[2]?.rev), created?.since)
    assert.equal(created?.rev, deleted?.since)
    const diff = await verifyDiffCar(null, created?.blocks as Uint8Array, did, key)
    assert.equal(String(diff.commit.cid), String(created?.commit))
    assert.equal(diff.writes.length, 1)
    assert.notEqual(String(empty.root), String(created?.commit))
  })

  test('begins after a cursor, and refuses one of the future', async () => {
    const count = await countEvents()
    const [first] = await pds.events(count - 1, 1)
    assert.equal(first?.seq, count)
    await assert.rejects(pds.events(count + 1, 1), { customErrorName: 'FutureCursor' })
  })
})

/** How many events there are; nothing of this PDS was forgotten, so it is the number of the last one. */
async function countEvents(): Promise<number> {
  const { count } = await pds.db
    .selectFrom('pds.event')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

describe('a repository', () => {
  test('is exported, and imported again with all its records', async () => {
    const agent = await pds.signUp('mia')
    const { did } = agent
    const bytes = new Uint8Array([4, 5, 6])
    const { blob } = (await agent.uploadBlob(bytes, { encoding: 'image/png' })).data
    const embed = { $type: 'app.bsky.embed.images', images: [{ image: blob, alt: '' }] }
    await agent.post({ text: 'Kept.', embed, createdAt: post('').createdAt })
    for (let n = 0; n < 30; n++) await agent.post({ text: `${n}`, createdAt: post('').createdAt })
    const exported = (await agent.com.atproto.sync.getRepo({ did })).data
    const before = await verify(agent)
    await agent.post({ text: 'Lost by the import.', createdAt: post('').createdAt })
    await pds.db.deleteFrom('pds.blob').where('did', '=', did).execute()

    await agent.com.atproto.repo.importRepo(exported, { encoding: CAR })
    const after = await verify(agent)
    assert.deepEqual(after.creates.map(String), before.creates.map(String))
    assert.ok(after.commit.rev > before.commit.rev)
    const missing = await agent.com.atproto.repo.listMissingBlobs()
    assert.deepEqual(
      missing.data.blobs.map(({ cid }) => cid),
      [String(blob.ref)],
    )
    await agent.uploadBlob(bytes, { encoding: 'image/png' })
    const { data } = await agent.com.atproto.server.checkAccountStatus()
    assert.deepEqual(
      [data.indexedRecords, data.expectedBlobs, data.importedBlobs, data.repoRev],
      [31, 1, 1, after.commit.rev],
    )
    assert.deepEqual((await agent.com.atproto.repo.listMissingBlobs()).data.blobs, [])
    // It goes on from there.
    await agent.post({ text: 'After.', createdAt: post('').createdAt })
    assert.equal((await verify(agent)).creates.length, 32)
  })

  test('of somebody else, or with something missing, is not imported', async () => {
    const [nina, omar] = [await pds.signUp('nina'), await pds.signUp('omar')]
    await nina.post({ text: 'Mine.', createdAt: post('').createdAt })
    const { data } = await nina.com.atproto.sync.getRepo({ did: nina.did })
    const encoding = { encoding: CAR } as const
    assert.equal(await errorOf(omar.com.atproto.repo.importRepo(data, encoding)), 'InvalidRequest')
    const short = data.slice(0, data.length - 30)
    assert.equal(await errorOf(nina.com.atproto.repo.importRepo(short, encoding)), 'InvalidRequest')
  })

  test('gives what is newer than a revision', async () => {
    const agent = await pds.signUp('pia')
    const { did } = agent
    const { rev: since } = (await agent.com.atproto.sync.getLatestCommit({ did })).data
    await agent.post({ text: 'New.', createdAt: post('').createdAt })
    const { data } = await agent.com.atproto.sync.getRepo({ did, since })
    const { blocks } = await readCarWithRoot(data)
    assert.equal(blocks.size, 3)
  })

  test('is hidden while its account is not active, but not from its owner; and goes with it', async () => {
    const agent = await pds.signUp('quinn')
    const { did } = agent
    const stranger = pds.agent().com.atproto.sync
    await agent.com.atproto.server.deactivateAccount({})
    assert.equal(await errorOf(stranger.getRepo({ did })), 'RepoDeactivated')
    assert.equal(await errorOf(agent.com.atproto.sync.getRepo({ did })), 'none')
    assert.deepEqual((await stranger.getRepoStatus({ did })).data, {
      did,
      active: false,
      status: 'deactivated',
    })
    await pds.accounts.operator.disableAccount(did)
    assert.equal(await errorOf(stranger.getRepo({ did })), 'RepoTakendown')
    await pds.accounts.operator.enableAccount(did)
    await pds.accounts.operator.deleteAccount(did)
    assert.equal(await errorOf(stranger.getRepo({ did })), 'RepoNotFound')
    await pds.accounts.operator.purgeAccount(did)
    for (const table of ['pds.repo', 'pds.block', 'pds.record', 'pds.blob'] as const) {
      const rows = await pds.db.selectFrom(table).select('did').where('did', '=', did).execute()
      assert.deepEqual(rows, [])
    }
  })
})

test('passes on what it does not know, in the name of the account', async () => {
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

test('proves the handles of its accounts, and says where it is', async () => {
  const { did } = await pds.signUp('sam')
  assert.equal(await (await pds.fetch('http://sam.test/.well-known/atproto-did')).text(), did)
  const nobody = await pds.fetch('http://nobody.test/.well-known/atproto-did')
  assert.equal(nobody.status, 404)
  const document = await (await pds.fetch('http://pds.test/.well-known/did.json')).json()
  assert.equal(document.service[0].serviceEndpoint, 'http://pds.test')
})

test('asks relays to follow it, and not all the time', () => {
  const asked = passedOn.filter(({ url }) => url.startsWith('https://relay.test'))
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['https://relay.test/xrpc/com.atproto.sync.requestCrawl'],
  )
})

test('has at most 1,200 lines of code', async () => {
  const files = (await readdir(import.meta.dirname)).filter((name) => !name.includes('test'))
  const texts = files.map((name) => readFile(join(import.meta.dirname, name), 'utf8'))
  const lines = (await Promise.all(texts)).join('\n').split('\n')
  const code = lines.filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line))
  assert.ok(code.length <= 1_200, `${code.length} lines`)
})

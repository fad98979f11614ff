import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRepos } from './repos.ts'
import { errorOf, openPds, POST, post, type TestPds } from './testing/open-pds.ts'
import { prepareWrite } from './writes.ts'

let pds: TestPds
before(async () => {
  pds = await openPds()
})
after(() => pds.close())

describe('records', () => {
  test('are created, read, listed, replaced and deleted in a signed repository', async () => {
    const agent = await pds.signUp('alice')
    const { did } = agent
    const { uri, cid } = await agent.post({ text: 'Hello.', createdAt: new Date().toISOString() })
    const rkey = uri.split('/').at(-1) ?? ''
    const path = { repo: did, collection: POST, rkey }
    const read = await agent.com.atproto.repo.getRecord({ ...path, repo: 'alice.test' })
    assert.deepEqual([read.data.cid, read.data.value.text], [cid, 'Hello.'])
    const { creates } = await pds.verify(agent)
    assert.deepEqual(
      creates.map((create) => [create.collection, create.rkey, String(create.cid)]),
      [[POST, rkey, cid]],
    )

    const record = post('Hello again.')
    const put = await agent.com.atproto.repo.putRecord({ ...path, record })
    assert.equal(put.data.validationStatus, 'valid')
    // Writing an unchanged record creates no commit.
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
    assert.equal((await pds.verify(agent)).creates.length, 1)
  })

  test('are validated if their lexicon is known', async () => {
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

  test('can only be written by their owner', async () => {
    const [carol, dave] = [await pds.signUp('carol'), await pds.signUp('dave')]
    const write = { repo: carol.did, collection: POST, record: post('Not mine.') }
    assert.equal(await errorOf(dave.com.atproto.repo.createRecord(write)), 'AuthenticationRequired')
    assert.equal(await errorOf(pds.agent().com.atproto.repo.createRecord(write)), 'AuthMissing')
    await carol.com.atproto.server.deactivateAccount({})
    assert.equal(await errorOf(carol.com.atproto.repo.createRecord(write)), 'AccountDeactivated')
  })

  test('with the same content keep it when one of them is deleted', async () => {
    const agent = await pds.signUp('erin')
    const record = post('Twice.')
    const create = (rkey: string) =>
      agent.com.atproto.repo.createRecord({ repo: agent.did, collection: POST, rkey, record })
    const [first, second] = [await create('one'), await create('two')]
    assert.equal(first.data.cid, second.data.cid)
    await agent.deletePost(first.data.uri)
    assert.deepEqual(
      (await pds.verify(agent)).creates.map(({ rkey }) => rkey),
      ['two'],
    )
  })
})

describe('concurrent writers', () => {
  test('are serialized, in one process and in several', async () => {
    const agent = await pds.signUp('frank')
    const { did } = agent
    // Stands for another process, which shares only the database.
    const other = createRepos(pds.db, pds.accounts.keys, () => {})
    const writes = Array.from({ length: 12 }, async (_, n) => {
      const write = await prepareWrite({ action: 'create', collection: POST, record: post(`${n}`) })
      return await (n % 2 === 0 ? pds.repos : other).write(did, [{ ...write, rkey: `key${n}` }])
    })
    const revs = (await Promise.all(writes)).map((commit) => commit?.rev)
    assert.equal(new Set(revs).size, 12)
    assert.equal((await pds.verify(agent)).creates.length, 12)
    assert.equal(await pds.countEvents(did, 'commit'), 12)
  })

  test('are refused if they require an earlier state', async () => {
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

  test('apply several changes atomically', async () => {
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
      (await pds.verify(agent)).creates.map(({ rkey }) => rkey),
      ['three', 'two'],
    )
    const before = (await agent.com.atproto.sync.getLatestCommit({ did: repo })).data
    const { commit } = (await apply()).data
    assert.ok(commit !== undefined && commit.rev > before.rev)
  })
})

describe('blobs', () => {
  test('are served while a record refers to them', async () => {
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
    // The blob can be used again for a day.
    await agent.post({ text: 'Again.', embed, createdAt: post('').createdAt })
    assert.deepEqual(await list(), [cid])
    const other = await pds.signUp('judy')
    assert.equal(await errorOf(other.post({ text: 'Stolen.', embed })), 'BlobNotFound')
  })

  test('have a maximum size', async () => {
    const agent = await pds.signUp('kim')
    const upload = agent.uploadBlob(new Uint8Array(5 * 1024 * 1024 + 1), { encoding: 'image/png' })
    await assert.rejects(upload, { status: 413 })
  })
})

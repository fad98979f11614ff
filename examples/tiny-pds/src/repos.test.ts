import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readCarWithRoot, verifyDiffCar } from '@atproto/repo'
import { sql } from 'kysely'
import { errorOf, openPds, post, type TestPds } from './testing/open-pds.ts'

const CAR = 'application/vnd.ipld.car'
let pds: TestPds
before(async () => {
  pds = await openPds()
})
after(() => pds.close())

describe('the stream', () => {
  test('has each change of a repository and of its account, with the blocks that prove it', async () => {
    const agent = await pds.signUp('leo')
    const { did } = agent
    const { data: start } = await agent.com.atproto.sync.getRepo({ did })
    const { uri } = await agent.post({ text: 'One.', createdAt: post('').createdAt })
    await agent.deletePost(uri)
    await agent.com.atproto.identity.updateHandle({ handle: 'leonard.test' })
    await agent.com.atproto.server.deactivateAccount({})
    assert.equal(await pds.countEvents(did), 7)
    const all = (await pds.events(0, await pds.countEvents())).filter(
      (e) => (e.did ?? e.repo) === did,
    )
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

  test('begins after a cursor, and refuses a future one', async () => {
    const count = await pds.countEvents()
    const [first] = await pds.events(count - 1, 1)
    assert.equal(first?.seq, count)
    await assert.rejects(pds.events(count + 1, 1), { customErrorName: 'FutureCursor' })
  })
})

describe('a repository', () => {
  test('can be exported, and imported again with all its records', async () => {
    const agent = await pds.signUp('mia')
    const { did } = agent
    const bytes = new Uint8Array([4, 5, 6])
    const { blob } = (await agent.uploadBlob(bytes, { encoding: 'image/png' })).data
    const embed = { $type: 'app.bsky.embed.images', images: [{ image: blob, alt: '' }] }
    await agent.post({ text: 'Kept.', embed, createdAt: post('').createdAt })
    for (let n = 0; n < 30; n++) await agent.post({ text: `${n}`, createdAt: post('').createdAt })
    const exported = (await agent.com.atproto.sync.getRepo({ did })).data
    const before = await pds.verify(agent)
    await agent.post({ text: 'Lost by the import.', createdAt: post('').createdAt })
    await sql`delete from pds.blob where did = ${did}`.execute(pds.db)

    await agent.com.atproto.repo.importRepo(exported, { encoding: CAR })
    const after = await pds.verify(agent)
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
    // The repository can be written to afterwards.
    await agent.post({ text: 'After.', createdAt: post('').createdAt })
    assert.equal((await pds.verify(agent)).creates.length, 32)
  })

  test('of another account, or with a missing block, is not imported', async () => {
    const [nina, omar] = [await pds.signUp('nina'), await pds.signUp('omar')]
    await nina.post({ text: 'Mine.', createdAt: post('').createdAt })
    const { data } = await nina.com.atproto.sync.getRepo({ did: nina.did })
    const encoding = { encoding: CAR } as const
    assert.equal(await errorOf(omar.com.atproto.repo.importRepo(data, encoding)), 'InvalidRequest')
    const short = data.slice(0, data.length - 30)
    assert.equal(await errorOf(nina.com.atproto.repo.importRepo(short, encoding)), 'InvalidRequest')
  })

  test('can be exported since a revision', async () => {
    const agent = await pds.signUp('pia')
    const { did } = agent
    const { rev: since } = (await agent.com.atproto.sync.getLatestCommit({ did })).data
    await agent.post({ text: 'New.', createdAt: post('').createdAt })
    const { data } = await agent.com.atproto.sync.getRepo({ did, since })
    const { blocks } = await readCarWithRoot(data)
    assert.equal(blocks.size, 3)
  })

  test('is visible only to its owner while the account is inactive, and is purged with it', async () => {
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
    for (const table of ['repo', 'block', 'record', 'blob']) {
      const { rows } =
        await sql`select did from ${sql.id('pds', table)} where did = ${did}`.execute(pds.db)
      assert.deepEqual(rows, [])
    }
  })
})

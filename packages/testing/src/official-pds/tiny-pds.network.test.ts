import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openSmtpRecorder, type SmtpRecorder } from '../network/smtp-recorder.ts'
import { createPostgresDatabase, type PostgresDatabase } from '../postgres/databases.ts'
import { type Event, Firehose, IdResolver } from '../third-party/firehose.ts'
import { type PlcDirectory, startPlcDirectory } from '../third-party/plc-directory.ts'
import { type OfficialPds, startOfficialPds } from './start-official-pds.ts'
import { copyTinyPds, type TinyPds, type TinyPdsCopy } from './tiny-pds.ts'

const POST = 'app.bsky.feed.post'
const password = 'correct horse battery staple'
const picture = new Uint8Array([137, 80, 78, 71, 1, 2, 3])

let plc: PlcDirectory
let example: TinyPdsCopy
let postgres: PostgresDatabase
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  plc = await startPlcDirectory()
  cleanups.push(() => plc.close())
  postgres = await createPostgresDatabase()
  cleanups.push(() => postgres.drop())
  example = await copyTinyPds(plc.url)
  cleanups.push(() => example.remove())
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function signUp(url: string, handle: string): Promise<AtpAgent & { readonly did: string }> {
  const agent = new AtpAgent({ service: url })
  await agent.createAccount({ handle, email: `${handle}@mail.example`, password })
  return agent as AtpAgent & { readonly did: string }
}

async function postPicture(agent: AtpAgent): Promise<string> {
  const { data } = await agent.uploadBlob(picture, { encoding: 'image/png' })
  const embed = { $type: 'app.bsky.embed.images', images: [{ image: data.blob, alt: 'a picture' }] }
  await agent.post({ text: 'A picture.', embed })
  return String(data.blob.ref)
}

/** Follows a PDS from its first event and verifies every event. */
function follow({ url }: TinyPds) {
  const events: Event[] = []
  const errors: Error[] = []
  const idResolver = new IdResolver({ plcUrl: plc.url, fetch: globalThis.fetch })
  // Handles of this machine are not in DNS.
  idResolver.handle.resolve = async (handle) => {
    const { data } = await new AtpAgent({ service: url }).resolveHandle({ handle })
    return data.did
  }
  const firehose = new Firehose({
    service: url.replace('http', 'ws'),
    idResolver,
    getCursor: () => 0,
    handleEvent: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
  })
  const following = firehose.start()
  return {
    events,
    errors,
    until: async (count: number) => {
      while (events.length < count && errors.length === 0) await delay(50)
    },
    stop: async () => {
      await firehose.destroy()
      await following
    },
  }
}

describe.each(['PGlite', 'PostgreSQL'])('the example of a PDS on %s', (engine) => {
  let pds: TinyPds
  beforeAll(async () => {
    pds = await example.start('tiny', engine === 'PostgreSQL' ? { databaseUrl: postgres.url } : {})
  })
  afterAll(() => pds.close())

  it('serves AtpAgent, and emits every change to a firehose that verifies', async () => {
    const { events, errors, until, stop } = follow(pds)
    const agent = await signUp(pds.url, 'alice.tiny.test')
    const { did } = agent
    const { uri } = await agent.post({ text: 'Hello.' })
    const { value } = await agent.getPost({ repo: did, rkey: uri.split('/').at(-1) ?? '' })
    expect(value.text).toBe('Hello.')
    await agent.deletePost(uri)
    const cid = await postPicture(agent)
    const blob = await agent.com.atproto.sync.getBlob({ did, cid })
    expect(new Uint8Array(blob.data)).toEqual(picture)
    await until(6)
    await agent.updateHandle({ handle: 'alicia.tiny.test' })
    await until(8)
    await agent.com.atproto.server.deactivateAccount({})
    await until(9)
    await agent.com.atproto.server.activateAccount()
    await until(11)
    await stop()

    expect(errors).toEqual([])
    const seen = events.map((event) => {
      switch (event.event) {
        case 'identity':
          return [event.event, event.handle]
        case 'account':
          return [event.event, event.active ? 'active' : event.status]
        case 'sync':
          return [event.event, event.did]
        default:
          return [event.event, event.collection]
      }
    })
    expect(seen).toEqual([
      ['identity', 'alice.tiny.test'],
      ['account', 'active'],
      ['sync', did],
      ['create', POST],
      ['delete', POST],
      ['create', POST],
      // Once for the handle and once for the DID document.
      ['identity', 'alicia.tiny.test'],
      ['identity', 'alicia.tiny.test'],
      ['account', 'deactivated'],
      ['account', 'active'],
      ['sync', did],
    ])
  })
})

it('accepts concurrent writes to one repository in two processes', async () => {
  const { url: databaseUrl, drop } = await createPostgresDatabase()
  const first = await example.start('pair', { databaseUrl })
  const second = await example.start('pair', { databaseUrl, publicUrl: first.url })
  const stream = follow(second)
  const agent = await signUp(first.url, 'alice.pair.test')
  const other = new AtpAgent({ service: second.url })
  await other.login({ identifier: 'alice.pair.test', password })
  other.sessionManager.pdsUrl = new URL(second.url)
  const posts = Array.from({ length: 20 }, (_, n) =>
    (n % 2 === 0 ? agent : other).post({ text: `${n}` }),
  )
  const uris = (await Promise.all(posts)).map(({ uri }) => uri)
  await stream.until(23)
  await stream.stop()
  expect(stream.errors).toEqual([])
  const created = stream.events.flatMap((event) =>
    event.event === 'create' ? [event.uri.toString()] : [],
  )
  expect(created.toSorted()).toEqual(uris.toSorted())
  await second.close()
  await first.close()
  await drop()
})

describe('an account', () => {
  let mails: SmtpRecorder
  let origin: OfficialPds
  let destination: OfficialPds
  let tiny: TinyPds
  beforeAll(async () => {
    mails = await openSmtpRecorder()
    const start = (name: string) =>
      startOfficialPds({
        // The official PDS does not call IP addresses.
        plcUrl: plc.url.replace('127.0.0.1', 'localhost'),
        env: {
          PDS_SERVICE_DID: `did:web:${name}.test`,
          PDS_EMAIL_SMTP_URL: mails.url,
          PDS_EMAIL_FROM_ADDRESS: 'pds@official.test',
        },
      })
    origin = await start('origin')
    destination = await start('destination')
    tiny = await example.start('house')
  })
  afterAll(async () => {
    await tiny.close()
    await destination.close()
    await origin.close()
    await mails.close()
  })

  /** Moves an account with all its data; returns its agent at the new host. */
  async function move(
    from: AtpAgent & { readonly did: string },
    to: { readonly url: string; readonly handle: string },
    codeOf: () => Promise<string>,
  ): Promise<AtpAgent & { readonly did: string }> {
    const { did } = from
    const { handle } = to
    const agent = new AtpAgent({ service: to.url })
    const { data: host } = await agent.com.atproto.server.describeServer()
    const lxm = 'com.atproto.server.createAccount'
    const { data: proof } = await from.com.atproto.server.getServiceAuth({ aud: host.did, lxm })
    await agent.com.atproto.server.createAccount(
      { did, handle, email: `${handle}@mail.example`, password },
      { headers: { authorization: `Bearer ${proof.token}` }, encoding: 'application/json' },
    )
    await agent.login({ identifier: did, password })
    // Its DID still names the old host, which the agent would follow.
    agent.sessionManager.pdsUrl = new URL(to.url)
    const { data: repo } = await from.com.atproto.sync.getRepo({ did })
    await agent.com.atproto.repo.importRepo(repo, { encoding: 'application/vnd.ipld.car' })
    const { data: missing } = await agent.com.atproto.repo.listMissingBlobs()
    for (const { cid } of missing.blobs) {
      const { data, headers } = await from.com.atproto.sync.getBlob({ did, cid })
      await agent.uploadBlob(data, { encoding: headers['content-type'] ?? '' })
    }
    const { data: status } = await agent.com.atproto.server.checkAccountStatus()
    expect(status).toMatchObject({
      activated: false,
      indexedRecords: 2,
      expectedBlobs: 1,
      importedBlobs: 1,
    })
    const { data: wanted } = await agent.com.atproto.identity.getRecommendedDidCredentials()
    await from.com.atproto.identity.requestPlcOperationSignature()
    const token = await codeOf()
    const { data } = await from.com.atproto.identity.signPlcOperation({ token, ...wanted })
    await agent.com.atproto.identity.submitPlcOperation({ operation: data.operation })
    await agent.com.atproto.server.activateAccount()
    await from.com.atproto.server.deactivateAccount({})
    return agent as AtpAgent & { readonly did: string }
  }

  async function texts(agent: AtpAgent & { readonly did: string }): Promise<unknown> {
    const { data } = await agent.com.atproto.repo.listRecords({ repo: agent.did, collection: POST })
    return data.records.map(({ value }) => value.text)
  }

  it('moves in from the official PDS with its records and blobs, and out again', async () => {
    const before = await signUp(origin.url, 'mover.test')
    await before.post({ text: 'Before.' })
    const cid = await postPicture(before)
    const moved = await move(before, { url: tiny.url, handle: 'mover.house.test' }, async () => {
      for (;;) {
        const [code] =
          mails
            .wire()
            .match(/[A-Z2-7]{5}-[A-Z2-7]{5}/g)
            ?.slice(-1) ?? []
        if (code) return code
        await delay(100)
      }
    })
    expect(await texts(moved)).toEqual(['A picture.', 'Before.'])
    const { did } = moved
    const blob = await moved.com.atproto.sync.getBlob({ did, cid })
    expect(new Uint8Array(blob.data)).toEqual(picture)
    const post = await moved.post({ text: 'Here.' })
    await moved.deletePost(post.uri)

    const home = await move(
      moved,
      { url: destination.url, handle: 'returner.test' },
      tiny.newestCode,
    )
    expect(await texts(home)).toEqual(['A picture.', 'Before.'])
    await home.post({ text: 'Home.' })
    const left = await new AtpAgent({ service: tiny.url }).com.atproto.sync.getRepoStatus({ did })
    expect(left.data).toEqual({ did, active: false, status: 'deactivated' })
  })
})

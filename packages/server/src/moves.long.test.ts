import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent, type AtpSessionEvent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { startOfficialPds } from '@lexwright/testing/official-pds/start-official-pds'
import { verifyRepository } from '@lexwright/testing/official-pds/verify-repository'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { type Program, temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  type EntrywayWorld,
  openEntrywayWorld,
} from '../../../scripts/checks/crash/entryway-world.ts'
import { hostKills, runHostKill, titleOf } from '../../../scripts/checks/crash/host-kills.ts'
import { settingsOfHosts } from './create-entryway.ts'

/** One account for each step at which a process is killed; MOVED_ACCOUNTS=20 moves more. */
const ACCOUNTS = Number(process.env.MOVED_ACCOUNTS ?? 6)
jest.setTimeout(20_000 * ACCOUNTS)
const POST = 'app.bsky.feed.post'
const steps = ['stop', 'identity', 'repository', 'blobs', 'preferences', 'activate']

let postgres: PostgresDatabase
let world: EntrywayWorld
let program: Program
let people: readonly Person[]

beforeAll(async () => {
  postgres = await createPostgresDatabase()
  world = await openEntrywayWorld(postgres.url)
  program = await world.start()
  const [, b] = world.hosts
  await world.entryway.operator.drainHost(b.did)
  people = await Promise.all(Array.from({ length: ACCOUNTS }, (_, n) => signUp(`person-${n}`)))
  await world.entryway.operator.openHost(b.did)
}, 120_000)
afterAll(async () => {
  await program.signal('SIGTERM')
  await world.close()
  await postgres.drop()
})

interface Person {
  readonly agent: AtpAgent
  readonly did: string
  readonly handle: string
  /** Record keys of the posts that a PDS has accepted. */
  readonly posted: string[]
  readonly events: AtpSessionEvent[]
}

async function signUp(name: string): Promise<Person> {
  const handle = `${name}.test`
  const events: AtpSessionEvent[] = []
  const agent = new AtpAgent({
    service: program.url,
    persistSession: (event) => void events.push(event),
  })
  const password = 'correct horse battery'
  await agent.createAccount({ handle, email: `${name}@example.com`, password })
  const person = { agent, did: agent.assertDid, handle, posted: [], events }
  for (let n = 0; n < 3; n++) {
    const { data } = await agent.uploadBlob(pictureOf(name, n), { encoding: 'image/png' })
    const images = [{ image: data.blob, alt: '' }]
    await post(person, { embed: { $type: 'app.bsky.embed.images', images } })
  }
  await agent.app.bsky.actor.putPreferences({ preferences: preferencesOf(name) })
  return person
}

const pictureOf = (name: string, n: number) => Buffer.from(`picture ${n} of ${name}`)
const preferencesOf = (name: string) => [
  { $type: 'app.bsky.actor.defs#interestsPref', tags: [name] },
]

async function post({ agent, posted }: Person, more: object = {}): Promise<void> {
  const { uri } = await agent.post({ text: `${posted.length}`, ...more })
  posted.push(uri.slice(uri.lastIndexOf('/') + 1))
}

/** Posts until stopped, whatever the answers. */
function keepPosting(person: Person): () => Promise<void> {
  let isOver = false
  const run = async (): Promise<void> => {
    while (!isOver) {
      await post(person).catch(() => {})
      // The same rate for any number of accounts.
      await delay(50 * ACCOUNTS)
    }
  }
  const running = run()
  return async () => {
    isOver = true
    await running
  }
}

async function read(url: string): Promise<Buffer> {
  const response = await fetch(url)
  expect([url, response.status]).toEqual([url, 200])
  return Buffer.from(await response.arrayBuffer())
}

async function expectWhole({ did, handle, posted, agent }: Person, url: string): Promise<void> {
  const document = JSON.stringify(await world.accounts.service.resolveDid(did, { isFresh: true }))
  expect(document).toContain(`"${url}"`)
  const signingKey = `did:key:${/"publicKeyMultibase":"(\w+)"/.exec(document)?.[1]}`
  const car = await read(`${url}/xrpc/com.atproto.sync.getRepo?did=${did}`)
  const records = await verifyRepository(car, { did, signingKey })
  const keys = records.flatMap(({ collection, rkey }) => (collection === POST ? [rkey] : []))
  expect(keys).toEqual(expect.arrayContaining(posted))
  const { data: blobs } = await agent.com.atproto.sync.listBlobs({ did })
  const name = handle.slice(0, -'.test'.length)
  const found = await Promise.all(
    blobs.cids.map((cid) => read(`${url}/xrpc/com.atproto.sync.getBlob?did=${did}&cid=${cid}`)),
  )
  expect(found.map(String).toSorted()).toEqual([0, 1, 2].map((n) => String(pictureOf(name, n))))
  const { data } = await agent.app.bsky.actor.getPreferences()
  expect(data.preferences).toEqual(preferencesOf(name))
}

// `npm run test:long entryway-kills` tests every request.
const kills = [
  'handle: the PDS killed at admin.updateAccountHandle, directory',
  'move: the new PDS killed at repo.importRepo, answer',
]
it.each(kills)('loses nothing: %s', async (title) => {
  const kill = hostKills.find((each) => titleOf(each) === title)
  if (kill === undefined) throw new Error('There is no such kill.')
  await runHostKill(world, kill, `killed-${kills.indexOf(title)}`)
  world.pick = undefined
})

it('moves accounts that post, though the moving process is killed at each step', async () => {
  const [a, b] = world.hosts
  const posting = people.map(keepPosting)
  await Promise.all(
    people
      .slice(0, steps.length)
      .map(({ handle }, n) =>
        world.killAt(['accounts', 'move', handle, '--to', b.did], `${handle}: ${steps[n]}\n`),
      ),
  )
  await world.expireClaims()
  await world.entryway.operator.drainHost(a.did)
  const { failed } = await world.entryway.moves.drain(a.did)
  // The servers may be continuing the moves themselves.
  expect(failed.filter(({ reason }) => !reason.includes('Another process'))).toEqual([])
  while ((await world.entryway.moves.list()).length > 0) await delay(100)
  for (const stop of posting) await stop()
  for (const person of people) {
    const before = person.events.length
    await post(person)
    expect(person.events.slice(before).length).toBeLessThanOrEqual(1)
    expect(person.events).not.toContain('expired')
    await expectWhole(person, b.pds.url)
  }
})

it('takes the drained PDS away', async () => {
  const [a] = world.hosts
  await world.entryway.operator.removeHost(a.did)
  await a.pds.kill()
  for (const person of people) await post(person)
  await a.pds.start()
})

it('takes over the accounts of a PDS, with their passwords, and moves one', async () => {
  const [, b] = world.hosts
  const host = 'did:web:pds-c.test'
  const data = await temporaryDirectory()
  const location = join(data.path, 'account.sqlite')
  const rotationKey = await Secp256k1Keypair.create({ exportable: true })
  const pds = await startOfficialPds({
    plcUrl: world.plc.url.replace('127.0.0.1', 'localhost'),
    env: {
      PDS_SERVICE_DID: host,
      PDS_ACCOUNT_DB_LOCATION: location,
      PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: Buffer.from(await rotationKey.export()).toString(
        'hex',
      ),
    },
  })
  const account = { handle: 'carol.test', email: 'carol@example.com', password: 'carol and a PDS' }
  const alone = new AtpAgent({ service: pds.url })
  await alone.createAccount(account)
  const first = await alone.post({ text: 'Before the entryway.' })

  await pds.kill()
  const lines = inDatabase(location, EXPORT).map(({ line }) => String(line))
  await pds.start(await settingsOfHosts(world.config, 'http://localhost:2583'))
  await world.entryway.operator.addHost({ url: pds.url, adminPassword: pds.adminPassword })
  const report = await world.entryway.adoptAccounts(lines, { host, rotationKey })
  expect(report).toMatchObject({ imported: 1, placed: 1, problems: [], misplaced: [] })
  inDatabase(location, 'delete from account')

  const agent = new AtpAgent({ service: program.url })
  await agent.login({ identifier: account.handle, password: account.password })
  expect(agent.pdsUrl?.origin).toBe(pds.url)
  const second = await agent.post({ text: 'Behind the entryway.' })
  await world.entryway.moves.move(account.handle, b.did)
  const third = await agent.post({ text: 'At another PDS.' })
  expect(agent.pdsUrl?.origin).toBe(b.pds.url)
  const { data: listed } = await agent.com.atproto.repo.listRecords({
    repo: agent.assertDid,
    collection: POST,
  })
  expect(listed.records.map(({ uri }) => uri)).toEqual([third.uri, second.uri, first.uri])
  await pds.close()
  await data.remove()
})

/** The query in docs/entryway.md. */
const EXPORT = `select json_patch('{}', json_object('did', did, 'handle', handle, 'email', email,
  'passwordHash', passwordScrypt, 'createdAt', createdAt, 'emailConfirmedAt', emailConfirmedAt)) as line
  from actor join account using (did)`

function inDatabase(location: string, statement: string): Record<string, unknown>[] {
  const database = new DatabaseSync(location)
  const rows = database.prepare(statement).all()
  database.close()
  return rows
}

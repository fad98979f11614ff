import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openSmtpRecorder, type SmtpRecorder } from '@lexwright/testing/network/smtp-recorder'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { verifyRepository } from '@lexwright/testing/official-pds/verify-repository'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import type { Program } from '@lexwright/testing/programs/program'
import {
  APP_VIEW,
  type EntrywayWorld,
  openEntrywayWorld,
} from '../../../scripts/checks/crash/entryway-world.ts'

const password = 'correct horse battery'
const POST = 'app.bsky.feed.post'

let postgres: PostgresDatabase
let smtp: SmtpRecorder
let world: EntrywayWorld
let program: Program
/** A PDS that is not a host of the entryway. */
let old: OfficialPds

beforeAll(async () => {
  postgres = await createPostgresDatabase()
  smtp = await openSmtpRecorder()
  const mail = { PDS_EMAIL_SMTP_URL: smtp.url, PDS_EMAIL_FROM_ADDRESS: 'pds@example.com' }
  world = await openEntrywayWorld(postgres.url, mail)
  program = await world.start()
  old = await startOfficialPds({
    plcUrl: world.plc.url.replace('127.0.0.1', 'localhost'),
    env: { ...mail, ...APP_VIEW, PDS_SERVICE_DID: 'did:web:old.test' },
  })
}, 120_000)
afterAll(async () => {
  await program.signal('SIGTERM')
  await old.close()
  await world.close()
  await smtp.close()
  await postgres.drop()
})

const pictures = ['a picture', 'another picture']
const preferences = [{ $type: 'app.bsky.actor.defs#interestsPref', tags: ['moving'] }]

/** Signs up at the old PDS, with posts, blobs and preferences. */
async function live(name: string): Promise<AtpAgent> {
  const agent = new AtpAgent({ service: old.url })
  await agent.createAccount({ handle: `${name}-old.test`, email: `${name}@example.com`, password })
  for (const picture of pictures) {
    const { data } = await agent.uploadBlob(Buffer.from(picture), { encoding: 'image/png' })
    const images = [{ image: data.blob, alt: '' }]
    await agent.post({ text: picture, embed: { $type: 'app.bsky.embed.images', images } })
  }
  await agent.app.bsky.actor.putPreferences({ preferences })
  return agent
}

/** The code of the mail that a request causes. */
async function codeOf(request: () => Promise<unknown>): Promise<string> {
  const before = smtp.wire().length
  await request()
  for (;;) {
    const [code] = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(smtp.wire().slice(before)) ?? []
    if (code !== undefined) return code
    await delay(50)
  }
}

interface Move {
  readonly to: string
  readonly name: string
}

/** Copies an account's data to a new account, in the order of the official migration guide. */
async function copy(from: AtpAgent, { to, name }: Move): Promise<AtpAgent> {
  const did = from.assertDid
  const agent = new AtpAgent({ service: to })
  const { data: described } = await agent.com.atproto.server.describeServer()
  const lxm = 'com.atproto.server.createAccount'
  const { data: auth } = await from.com.atproto.server.getServiceAuth({ aud: described.did, lxm })
  const handle = `${name}.test`
  await agent.com.atproto.server.createAccount(
    { did, handle, email: `${name}@example.com`, password },
    { headers: { authorization: `Bearer ${auth.token}` }, encoding: 'application/json' },
  )
  await agent.login({ identifier: handle, password })
  const { data: car } = await from.com.atproto.sync.getRepo({ did })
  await agent.com.atproto.repo.importRepo(car, { encoding: 'application/vnd.ipld.car' })
  const { data: blobs } = await from.com.atproto.sync.listBlobs({ did })
  for (const cid of blobs.cids) {
    const { data, headers } = await from.com.atproto.sync.getBlob({ did, cid })
    const encoding = headers['content-type'] ?? ''
    const { data: uploaded } = await agent.com.atproto.repo.uploadBlob(data, { encoding })
    expect(uploaded.blob.ref.toString()).toBe(cid)
  }
  const { data: stored } = await from.app.bsky.actor.getPreferences()
  await agent.app.bsky.actor.putPreferences(stored)
  return agent
}

async function signOperation(from: AtpAgent, to: AtpAgent) {
  const { identity } = from.com.atproto
  const { data: wanted } = await to.com.atproto.identity.getRecommendedDidCredentials()
  const token = await codeOf(() => identity.requestPlcOperationSignature())
  return (await identity.signPlcOperation({ token, ...wanted })).data
}

async function finish(from: AtpAgent, to: AtpAgent): Promise<void> {
  await to.com.atproto.server.activateAccount()
  await from.com.atproto.server.deactivateAccount({})
}

async function read(url: string): Promise<Buffer> {
  const response = await fetch(url)
  expect([url, response.status]).toEqual([url, 200])
  return Buffer.from(await response.arrayBuffer())
}

/** Checks the account at the PDS that its DID names, and returns the texts of its posts. */
async function expectWhole(agent: AtpAgent, handle: string): Promise<readonly string[]> {
  await agent.login({ identifier: handle, password })
  const did = agent.assertDid
  const url = agent.pdsUrl?.origin ?? ''
  const document = JSON.stringify(await world.accounts.service.resolveDid(did, { isFresh: true }))
  expect(document).toContain(`"${url}"`)
  const signingKey = `did:key:${/"publicKeyMultibase":"(\w+)"/.exec(document)?.[1]}`
  const car = await read(`${url}/xrpc/com.atproto.sync.getRepo?did=${did}`)
  await verifyRepository(car, { did, signingKey })
  const { data: blobs } = await agent.com.atproto.sync.listBlobs({ did })
  const found = await Promise.all(
    blobs.cids.map((cid) => read(`${url}/xrpc/com.atproto.sync.getBlob?did=${did}&cid=${cid}`)),
  )
  expect(found.map(String).toSorted()).toEqual(pictures.toSorted())
  const { data } = await agent.app.bsky.actor.getPreferences()
  expect(data.preferences).toEqual(preferences)
  await agent.post({ text: 'here now' })
  const { data: listed } = await agent.com.atproto.repo.listRecords({ repo: did, collection: POST })
  return listed.records.map(({ value }) => (value as { text: string }).text).toReversed()
}

it('moves an account in, with a post made meanwhile, and out again', async () => {
  const before = await live('olive')
  const agent = await copy(before, { to: program.url, name: 'olive' })
  await before.post({ text: 'meanwhile' })
  const operation = await signOperation(before, agent)
  await agent.com.atproto.identity.submitPlcOperation(operation)
  await finish(before, agent)
  expect(await expectWhole(agent, 'olive.test')).toEqual([...pictures, 'meanwhile', 'here now'])
  expect(await world.entryway.moves.list()).toEqual([])

  // An official PDS takes no account of which it still has a copy.
  await fetch(`${old.url}/xrpc/com.atproto.admin.deleteAccount`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${old.adminPassword}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ did: agent.assertDid }),
  })
  // The hosts do not know the port of the program, so the owner calls the entryway instead.
  agent.sessionManager.pdsUrl = new URL(program.url)
  const back = await copy(agent, { to: old.url, name: 'olivia' })
  await back.com.atproto.identity.submitPlcOperation(await signOperation(agent, back))
  await finish(agent, back)
  await back.login({ identifier: 'olivia.test', password })
  await back.post({ text: 'back' })
  const { data } = await back.com.atproto.repo.listRecords({
    repo: back.assertDid,
    collection: POST,
  })
  expect(data.records).toHaveLength(5)
}, 120_000)

it('finishes after the entryway was killed while it copied', async () => {
  const before = await live('oscar')
  const agent = await copy(before, { to: program.url, name: 'oscar' })
  const operation = await signOperation(before, agent)
  const submitted = agent.com.atproto.identity.submitPlcOperation(operation).then(
    () => 'answered',
    () => 'lost',
  )
  while ((await world.directory.log(agent.assertDid)).length === 1) await delay(5)
  old.process.kill('SIGSTOP')
  await program.signal('SIGKILL')
  old.process.kill('SIGCONT')
  expect(await submitted).toBe('lost')
  expect(await world.entryway.moves.list()).toMatchObject([{ did: agent.assertDid }])
  program = await world.start()
  await world.expireClaims()
  const again = new AtpAgent({ service: program.url })
  await again.login({ identifier: 'oscar.test', password })
  await finish(before, again)
  expect(await expectWhole(again, 'oscar.test')).toEqual([...pictures, 'here now'])
}, 120_000)

it('leaves the DID alone while the old PDS is down', async () => {
  const before = await live('opal')
  const agent = await copy(before, { to: program.url, name: 'opal' })
  const operation = await signOperation(before, agent)
  await old.kill()
  const submit = () => agent.com.atproto.identity.submitPlcOperation(operation)
  await expect(submit()).rejects.toMatchObject({ status: 503 })
  expect(await world.directory.log(agent.assertDid)).toHaveLength(1)
  await old.start()
  await submit()
  await finish(before, agent)
  await expectWhole(agent, 'opal.test')
}, 120_000)

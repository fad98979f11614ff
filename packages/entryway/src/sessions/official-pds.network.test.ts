import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountModule, createPlcIdentity } from '@lexwright/account'
import { createServer } from '@lexwright/generated'
import { openAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { freePort } from '@lexwright/testing/network/free-port'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { createEntryway } from '../create-entryway.ts'
import { hostSettings } from '../operator/host-settings.ts'
import { createGateway } from '../proxy/gateway.ts'
import { createEntrywayTokens } from '../tokens/entryway-tokens.ts'

const password = 'correct horse battery'
const serviceDid = 'did:web:entryway.test'
const POST = 'app.bsky.feed.post'
const cleanups: (() => Promise<unknown>)[] = []
let url: string
let a: OfficialPds
let b: OfficialPds
/** Alice's account is on host A, Bob's on host B. */
let alice: AtpAgent
let bob: AtpAgent

beforeAll(async () => {
  const plc = await startPlcDirectory()
  cleanups.push(() => plc.close())
  const database = await openAccountDatabase()
  cleanups.push(() => database.close())
  const port = await freePort()
  url = `http://localhost:${port}`
  const defaults = await testModuleOptions({ serviceDid, publicUrl: url })
  const plcRotationKey = await Secp256k1Keypair.create()
  const tokens = await createEntrywayTokens({
    serviceDid,
    privateKeyHex: '11'.repeat(32),
    hosts: { byAccount: (did) => entryway.hosts.byAccount(did) },
  })
  const accounts = createAccountModule({
    ...defaults,
    db: database.db,
    secrets: { ...defaults.secrets, plcRotationKey },
    identity: createPlcIdentity({ url: plc.url }),
    clock: { now: () => new Date() },
    tokens,
  })
  const entryway = createEntryway({ accounts })
  const gateway = createGateway({ accounts, tokens })
  await accounts.migrate()
  await entryway.migrate()
  const server = createServer()
  accounts.register(server, gateway.methods)
  const running = await server.listen({ port, middleware: [gateway.middleware] })
  cleanups.push(async () => {
    await running.close(0)
    await gateway.stop()
    await entryway.stop()
    await accounts.stop()
  })

  const start = async (name: string): Promise<OfficialPds> => {
    const settings = hostSettings({
      url,
      did: serviceDid,
      jwtPublicKeyHex: tokens.publicKeyHex,
      rotationKey: plcRotationKey.did(),
      handleDomains: ['.test'],
    })
    const pds = await startOfficialPds({
      // Official PDSes do not call IP addresses.
      plcUrl: plc.url.replace('127.0.0.1', 'localhost'),
      env: { PDS_SERVICE_DID: `did:web:${name}.test`, ...settings },
    })
    cleanups.push(() => pds.close())
    const { adminPassword } = pds
    await entryway.operator.addHost({ url: pds.url, adminPassword })
    return pds
  }
  a = await start('a')
  alice = await signUp('alice')
  await entryway.operator.drainHost('did:web:a.test')
  b = await start('b')
  bob = await signUp('bob')
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function signUp(name: string): Promise<AtpAgent> {
  const agent = new AtpAgent({ service: url })
  await agent.createAccount({ handle: `${name}.test`, email: `${name}@example.com`, password })
  return agent
}

/** Logs in at the entryway and sends every call there. */
async function throughEntryway(identifier: string, secret = password): Promise<AtpAgent> {
  const agent = new AtpAgent({ service: url })
  await agent.login({ identifier, password: secret })
  agent.sessionManager.pdsUrl = new URL(url)
  return agent
}

async function post(agent: AtpAgent, text: string): Promise<{ uri: string; rkey: string }> {
  const { uri } = await agent.post({ text })
  return { uri, rkey: uri.slice(uri.lastIndexOf('/') + 1) }
}

describe('AtpAgent, with accounts on two official PDSes', () => {
  it('finds the PDS of its account, and has one account at both', async () => {
    expect([alice.sessionManager.pdsUrl?.origin, bob.sessionManager.pdsUrl?.origin]).toEqual([
      a.url,
      b.url,
    ])
    const { data: ofHost } = await alice.com.atproto.server.getSession()
    const { data: ofEntryway } = await (
      await throughEntryway('alice.test')
    ).com.atproto.server.getSession()
    expect(ofHost).toMatchObject({ handle: 'alice.test', email: 'alice@example.com', active: true })
    expect(ofEntryway).toEqual(ofHost)
  })

  it('posts and reads through the entryway', async () => {
    for (const name of ['alice', 'bob']) {
      const agent = await throughEntryway(`${name}.test`)
      const { rkey } = await post(agent, `Hello from ${name}.`)
      const repo = agent.session?.did ?? ''
      expect((await agent.getPost({ repo, rkey })).value.text).toBe(`Hello from ${name}.`)
      const blob = await agent.uploadBlob(new Uint8Array([1, 2, 3]), { encoding: 'image/png' })
      expect(blob.data.blob.size).toBe(3)
      const { data: status } = await agent.com.atproto.server.checkAccountStatus()
      expect(status).toMatchObject({ activated: true, validDid: true })
      const aud = 'did:web:feeds.test'
      const lxm = 'app.bsky.feed.getFeedSkeleton'
      const { data: proof } = await agent.com.atproto.server.getServiceAuth({ aud, lxm })
      expect(proof.token).toMatch(/\./)
    }
  })

  it('reads without a session by DID and by handle', async () => {
    const { rkey } = await post(bob, 'For everybody.')
    const anybody = new AtpAgent({ service: url })
    for (const repo of ['bob.test', bob.session?.did ?? '']) {
      const { data } = await anybody.com.atproto.repo.getRecord({ repo, collection: POST, rkey })
      expect(data.value).toMatchObject({ text: 'For everybody.' })
    }
    const { data } = await anybody.com.atproto.sync.getRepoStatus({ did: alice.session?.did ?? '' })
    expect(data.active).toBe(true)
  })

  it('refreshes at the entryway and at the PDS, and logs out', async () => {
    const agent = await throughEntryway('alice.test')
    await agent.sessionManager.refreshSession()
    await post(agent, 'After a refresh.')
    const refresh = () =>
      fetch(`${a.url}/xrpc/com.atproto.server.refreshSession`, {
        method: 'POST',
        headers: { authorization: `Bearer ${agent.session?.refreshJwt}` },
      })
    expect((await refresh()).status).toBe(200)
    const headers = { authorization: `Bearer ${agent.session?.refreshJwt}` }
    await agent.logout()
    const response = await fetch(`${url}/xrpc/com.atproto.server.refreshSession`, {
      method: 'POST',
      headers,
    })
    expect(await response.json()).toMatchObject({ error: 'ExpiredToken' })
  })

  it('creates an app password through the PDS, and posts with it', async () => {
    const { data } = await alice.com.atproto.server.createAppPassword({ name: 'app' })
    await post(await throughEntryway('alice.test', data.password), 'From an app.')
    const { data: listed } = await alice.com.atproto.server.listAppPasswords()
    expect(listed.passwords.map(({ name }) => name)).toEqual(['app'])
  })

  it('gets the answer of the PDS for an unknown method', async () => {
    const agent = await throughEntryway('alice.test')
    const response = await agent.sessionManager.fetchHandler('/xrpc/com.example.unknown', {})
    expect(await response.json()).toMatchObject({
      message: 'No service configured for com.example.unknown',
    })
  })
})

it('a PDS refuses the token of an account of another PDS', async () => {
  const response = await fetch(`${b.url}/xrpc/com.atproto.server.checkAccountStatus`, {
    headers: { authorization: `Bearer ${alice.session?.accessJwt}` },
  })
  expect(await response.json()).toMatchObject({ error: 'InvalidToken' })
})

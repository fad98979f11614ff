import { Secp256k1Keypair } from '@atproto/crypto'
import { createOp, createUpdateOp, type Operation } from '@did-plc/lib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { extensionOf, readOperation } from '@lexwright/account/extension'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { createEntryway, type Entryway } from '../create-entryway.ts'
import { createGateway, type Gateway } from '../proxy/gateway.ts'
import { type LocalServer, serve } from '../proxy/testing/local-hosts.ts'
import { createStandInDirectory } from '../testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../testing/stand-in-host.ts'
import { emptyRepository, type StandInRepository } from '../testing/stand-in-repositories.ts'
import { createEntrywayTokens } from '../tokens/entryway-tokens.ts'

const DAY_SECONDS = 24 * 60 * 60
/** How long nothing is sent again to a host that has not answered. */
const AT_WORK_SECONDS = 15 * 60
const password = 'correct horse battery'
const preferences = [{ $type: 'app.bsky.actor.defs#adultContentPref', enabled: true }]

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let gateway: Gateway
let server: LocalServer
let host: StandInHost
/** A PDS that is not a host of the entryway. */
let old: StandInHost
let owner: Secp256k1Keypair
const directory = createStandInDirectory()
const clock = createTestClock()
/** Fails the next call of a method before it is sent, or loses its answer. */
let fault: { readonly nsid: string; readonly isSent: boolean } | undefined

const faultyFetch: typeof fetch = async (input, init) => {
  const broken = fault
  if (broken === undefined || !String(input).includes(`/${broken.nsid}?`)) {
    return await fetch(input, init)
  }
  fault = undefined
  if (broken.isSent) await (await fetch(input, init)).arrayBuffer()
  throw new TypeError('The connection was lost')
}

beforeAll(async () => {
  database = await openAccountDatabase()
  const tokens = await createEntrywayTokens({
    serviceDid: 'did:web:pds.test',
    privateKeyHex: '11'.repeat(32),
    hosts: { byAccount: (did) => entryway.hosts.byAccount(did) },
  })
  harness = await openAccountHarness(database.db, { clock, identity: directory, tokens })
  const { accounts } = harness
  entryway = createEntryway({ accounts, fetch: faultyFetch, safeFetch: faultyFetch })
  gateway = createGateway({ accounts, tokens, clock, safeFetch: faultyFetch })
  await entryway.migrate()
  server = await serve((req, res) =>
    gateway.middleware(req, res, () => res.writeHead(404).end('not proxied')),
  )
  host = await openStandInHost('host', directory)
  old = await openStandInHost('old', directory)
  owner = await Secp256k1Keypair.create()
  await entryway.operator.addHost({ url: host.url, adminPassword: host.adminPassword })
})
afterAll(async () => {
  await server.close()
  await gateway.stop()
  await entryway.stop()
  await harness.close()
  await Promise.all([host.close(), old.close()])
  await database.close()
})
beforeEach(() => {
  fault = undefined
})

let count = 0
interface Person {
  readonly did: string
  readonly handle: string
  readonly request: Parameters<typeof harness.accounts.service.moveIn>[0]
}

/** An account at the old PDS, with a repository and blobs. */
async function live(): Promise<Person> {
  const name = `arriving-${++count}`
  const { did, op } = await createOp({
    signingKey: owner.did(),
    rotationKeys: [owner.did()],
    handle: `${name}.old.test`,
    pds: old.url,
    signer: owner,
  })
  await directory.publish(
    { did, operation: JSON.stringify(op) },
    { signal: AbortSignal.timeout(1000) },
  )
  const repository = emptyRepository(did)
  repository.commit = `commit of ${name}`
  for (const blob of ['one', 'two']) {
    repository.expectedBlobs.add(`cid of ${blob}`)
    repository.blobs.set(`cid of ${blob}`, blob)
  }
  old.accounts.set(did, `${name}.old.test`)
  old.repositories.set(did, repository)
  const handle = `${name}.test`
  return { did, handle, request: { did, handle, email: `${name}@example.com`, password } }
}

async function arrive(): Promise<Person & { readonly accessJwt: string }> {
  const person = await live()
  const { accessJwt } = await harness.accounts.service.moveIn(person.request, 'unlimited')
  return { ...person, accessJwt }
}

async function sign(
  did: string,
  changes: (wanted: Operation) => Partial<Operation> = () => ({}),
): Promise<Operation> {
  const { rotationKeys, alsoKnownAs, ...rest } =
    await harness.accounts.service.recommendCredentials(did)
  const head = directory.logs.get(did)?.at(-1)?.operation as unknown as Operation
  return await createUpdateOp(head, owner, (now) => {
    const wanted = {
      ...now,
      ...rest,
      rotationKeys: [...rotationKeys],
      alsoKnownAs: [...alsoKnownAs],
    }
    return { ...wanted, ...changes(wanted as Operation) }
  })
}

async function submit(did: string): Promise<void> {
  await harness.accounts.service.submitOperation(did, { ...(await sign(did)) })
}

const activate = (did: string) => harness.accounts.service.activateAccount(did)

function endpointOf(did: string): string | undefined {
  const head = directory.logs.get(did)?.at(-1)?.operation
  return readOperation(head ?? {})?.services.atproto_pds?.endpoint
}

function at(pds: StandInHost, did: string): StandInRepository {
  const repository = pds.repositories.get(did)
  if (repository === undefined) throw new Error(`${pds.url} does not have ${did}`)
  return repository
}

async function expectArrived({ did, handle }: Person): Promise<void> {
  const [before, after] = [at(old, did), at(host, did)]
  expect(after.isActive).toBe(true)
  expect(after.commit).toMatch(`${before.commit}, signed here`)
  expect(after.blobs).toEqual(before.blobs)
  expect(host.accounts.get(did)).toBe(handle)
  expect(await entryway.hosts.byAccount(did)).toEqual(expect.objectContaining({ did: host.did }))
  const { status, didDocument } = await harness.accounts.service.describeSession(did)
  expect(status).toBe('active')
  expect(didDocument).toMatchObject({ service: [{ serviceEndpoint: host.url }] })
  expect(await moveOf(did)).toBeUndefined()
}

async function moveOf(did: string) {
  return (await entryway.moves.list()).find((move) => move.did === did)
}

/** Calls a method through the entryway. */
async function call(nsid: string, token: string, body?: string) {
  const response = await fetch(`${server.url}/xrpc/${nsid}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
    ...(body !== undefined && { method: 'POST', body }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

it('receives an account from another PDS in the order in which clients move it', async () => {
  const person = await arrive()
  const { did, accessJwt } = person
  const waiting = { from: old.url, to: host.did, step: 'submit', nextAttemptAt: undefined }
  expect(await moveOf(did)).toMatchObject(waiting)
  expect(host.repositories.has(did)).toBe(false)
  const { didDocument } = await harness.accounts.service.describeSession(did)
  expect(didDocument).toBeUndefined()

  const imported = await call('com.atproto.repo.importRepo', accessJwt, 'not kept')
  expect(imported).toEqual({ status: 200, body: undefined })
  expect(await call('com.atproto.repo.uploadBlob', accessJwt, 'hello')).toMatchObject({
    body: {
      blob: {
        $type: 'blob',
        ref: { $link: 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq' },
        mimeType: 'text/plain',
        size: 5,
      },
    },
  })
  const kept = JSON.stringify({ preferences })
  expect((await call('app.bsky.actor.putPreferences', accessJwt, kept)).status).toBe(200)
  expect((await call('app.bsky.actor.getPreferences', accessJwt)).body).toEqual({ preferences })
  const missing = await call('com.atproto.repo.listMissingBlobs', accessJwt)
  expect(missing.body).toEqual({ blobs: [] })
  const state = await call('com.atproto.server.checkAccountStatus', accessJwt)
  expect(state.body).toMatchObject({ activated: false, repoCommit: at(old, did).commit })
  const wanted = await call('com.atproto.identity.getRecommendedDidCredentials', accessJwt)
  expect(wanted.body).toMatchObject({
    rotationKeys: [extensionOf(harness.accounts).rotationKey],
    services: { atproto_pds: { endpoint: host.url } },
  })
  const post = await call('com.atproto.repo.createRecord', accessJwt, '{}')
  expect(post).toMatchObject({ status: 400, body: { error: 'AccountDeactivated' } })
  const anybody = await call('com.atproto.repo.importRepo', 'no token', '')
  expect(anybody.status).toBe(400)

  at(old, did).commit += ', and a post'
  await submit(did)
  expect(at(host, did)).toMatchObject({ isActive: false, preferences })
  await activate(did)
  await expectArrived(person)
  // The session continues at the host.
  expect(await call('com.atproto.server.checkAccountStatus', accessJwt)).toMatchObject({
    body: { repoCommit: at(host, did).commit },
  })
})

it.each([
  ['com.atproto.server.createAccount', true],
  ['com.atproto.repo.applyWrites', true],
])('finishes after a lost connection: %s, sent: %s', async (nsid, isSent) => {
  const person = await arrive()
  fault = { nsid, isSent }
  await submit(person.did)
  expect(fault).toBeUndefined()
  expect(await moveOf(person.did)).toMatchObject({ lastError: expect.any(String) })
  clock.advance(AT_WORK_SECONDS)
  await activate(person.did)
  await expectArrived(person)
})

it('does not activate an account before its data is there', async () => {
  const person = await arrive()
  fault = { nsid: 'com.atproto.sync.getRepo', isSent: false }
  await submit(person.did)
  await old.listen(false)
  await expect(activate(person.did)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
  await old.listen(true)
  clock.advance(5 * 60)
  await entryway.runDueJobs()
  await activate(person.did)
  await expectArrived(person)
})

it('continues if a process dies before it notices that the operation is published', async () => {
  const person = await arrive()
  const operation = JSON.stringify(await sign(person.did))
  await directory.updates.send(
    { did: person.did, operation },
    { signal: AbortSignal.timeout(1000) },
  )
  await activate(person.did)
  await expectArrived(person)
  // Sent again after a lost answer.
  await harness.accounts.service.submitOperation(person.did, JSON.parse(operation))
})

describe('refuses an operation, and the account stays where it is', () => {
  async function expectStays(did: string): Promise<void> {
    expect(endpointOf(did)).toBe(old.url)
    expect(host.repositories.has(did)).toBe(false)
    await expect(activate(did)).rejects.toMatchObject({ code: 'did-leads-elsewhere' })
  }

  it('with another signing key', async () => {
    const { did } = await arrive()
    const operation = await sign(did, () => ({ verificationMethods: { atproto: owner.did() } }))
    await expect(harness.accounts.service.submitOperation(did, { ...operation })).rejects.toThrow(
      'Incorrect signing key',
    )
    await expectStays(did)
  })

  it('while the old PDS is down', async () => {
    const person = await arrive()
    await old.listen(false)
    await expect(submit(person.did)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    await old.listen(true)
    await expectStays(person.did)
    await submit(person.did)
    await activate(person.did)
    await expectArrived(person)
  })
})

it('refuses accounts that cannot move in', async () => {
  const person = await live()
  const { service } = harness.accounts
  await expect(
    service.moveIn({ ...person.request, did: 'did:plc:nobody' }, 'unlimited'),
  ).rejects.toMatchObject({
    code: 'unresolvable-did',
  })
  const operation = await createUpdateOp(
    directory.logs.get(person.did)?.at(-1)?.operation as unknown as Operation,
    owner,
    (now) => ({
      ...now,
      services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: host.url } },
    }),
  )
  await directory.updates.send(
    { did: person.did, operation: JSON.stringify(operation) },
    { signal: AbortSignal.timeout(1000) },
  )
  await expect(service.moveIn(person.request, 'unlimited')).rejects.toThrow(/a PDS of this service/)
})

it('comes back to the copy that its host still has', async () => {
  const { did, request } = await arrive()
  await submit(did)
  await activate(did)
  const { rotationKey, signUpdate } = extensionOf(harness.accounts)
  const head = directory.logs.get(did)?.at(-1)?.operation ?? {}
  const operation = await signUpdate(head, () => ({
    rotationKeys: [owner.did(), rotationKey],
    services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: old.url } },
  }))
  await directory.updates.send({ did, operation }, { signal: AbortSignal.timeout(1000) })
  await harness.accounts.service.deactivateAccount({ did })
  await entryway.runDueJobs()
  expect(at(host, did).isActive).toBe(false)

  await harness.accounts.service.moveIn(request, 'unlimited')
  expect(await moveOf(did)).toBeUndefined()
  await submit(did)
  await activate(did)
  expect(at(host, did).isActive).toBe(true)
})

it('resumes with the same password, and removes an account after a week', async () => {
  const person = await arrive()
  const before = await harness.accounts.service.recommendCredentials(person.did)
  await harness.accounts.service.moveIn(person.request, 'unlimited')
  expect(await harness.accounts.service.recommendCredentials(person.did)).toEqual(before)
  clock.advance(8 * DAY_SECONDS)
  await entryway.runDueJobs()
  expect(await moveOf(person.did)).toBeUndefined()
  const { status } = await harness.accounts.operator.showAccount(person.did)
  expect(status).toBe('deleted')

  await harness.accounts.service.moveIn(person.request, 'unlimited')
  await submit(person.did)
  await activate(person.did)
  await expectArrived(person)
})

import { Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { extensionOf } from '@lexwright/account/extension'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { createHosts } from '../hosts/create-hosts.ts'
import { createGateway, type Gateway } from '../proxy/gateway.ts'
import { ENTRYWAY_DID, type LocalServer, serve } from '../proxy/testing/local-hosts.ts'
import { migrateEntryway } from '../store/migrate.ts'
import { createEntrywayStore, type EntrywayStore, keepPlacement } from '../store/store.ts'
import { createEntrywayTokens, type EntrywayTokens } from '../tokens/entryway-tokens.ts'

const password = 'correct horse battery'
const [A, B] = ['did:web:a.test', 'did:web:b.test']
let database: TestDatabase
let harness: AccountHarness
let store: EntrywayStore
let tokens: EntrywayTokens
let gateway: Gateway
/** The PDS that the accounts' DID documents name. */
let pds: LocalServer
/** The key that hosts sign with. */
let key: Secp256k1Keypair
let other: Secp256k1Keypair
let did: string
/** Runs between the lookup of a host and the answer that uses it. */
let afterLookup: (() => Promise<void>) | undefined

beforeAll(async () => {
  database = await openAccountDatabase()
  key = await Secp256k1Keypair.create()
  other = await Secp256k1Keypair.create()
  pds = await serve((req, res) => {
    res.end(JSON.stringify({ url: req.url, address: req.headers['x-forwarded-for'] }))
  })
  const { policy } = await testModuleOptions({ serviceDid: ENTRYWAY_DID, publicUrl: pds.url })
  tokens = await createEntrywayTokens({
    serviceDid: ENTRYWAY_DID,
    privateKeyHex: '11'.repeat(32),
    hosts: {
      byAccount: async (asked) => {
        const host = await createHosts(store.hosts).byAccount(asked)
        await afterLookup?.()
        return host
      },
    },
  })
  harness = await openAccountHarness(database.db, { tokens, policy })
  await migrateEntryway(database.db)
  const extension = extensionOf(harness.accounts)
  store = createEntrywayStore(extension.queries)
  // Stands for another package that admits apps.
  extension.admitApps(async () => undefined)
  gateway = createGateway({ accounts: harness.accounts, tokens, clock: harness.clock })
  did = await signUp('alice')
  const host = { weight: 1, adminPasswordSealed: new Uint8Array(), at: new Date() }
  await store.hosts.put({ ...host, did: A, url: pds.url })
  await store.hosts.put({ ...host, did: B, url: 'https://b.test' })
  await keepPlacement(extension.queries, { did, host: A, signingKey: key.did(), operation: '' })
})
afterAll(async () => {
  await gateway.stop()
  await pds.close()
  await harness.close()
  await database.close()
})
beforeEach(() => move(A))

async function signUp(name: string): Promise<string> {
  const request = { handle: `${name}.test`, email: `${name}@example.com`, password }
  return (await harness.accounts.service.create(request, 'unlimited')).did
}

/** Moves the account, and removes it from this process's cache. */
async function move(host: string): Promise<void> {
  await moveElsewhere(host)
  tokens.hosts.forget(did)
}

/** Moves the account as another process does. */
async function moveElsewhere(host: string): Promise<void> {
  await store.placements.change({ did, host, signingKey: key.did(), operation: '' })
}

/** Moves the account once its host has been looked up. */
function moveMeanwhile(host: string): void {
  afterLookup = async () => {
    afterLookup = undefined
    await moveElsewhere(host)
  }
}

interface Answer {
  readonly status: number
  readonly body: {
    readonly accessJwt: string
    readonly refreshJwt: string
    readonly error?: string
    readonly message?: string
    readonly [key: string]: unknown
  }
}

/** @param input null for a procedure without a body. */
async function call(nsid: string, authorization?: string, input?: object | null): Promise<Answer> {
  const response = await fetch(`${harness.url}/xrpc/com.atproto.${nsid}`, {
    method: input === undefined ? 'GET' : 'POST',
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(input && { 'content-type': 'application/json' }),
    },
    ...(input && { body: JSON.stringify(input) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

const logIn = (secret = password) =>
  call('server.createSession', undefined, { identifier: 'alice.test', password: secret })

function claimsOf(jwt: string): Record<string, unknown> {
  const [head = '', body = ''] = jwt.split('.', 2)
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { ...read(head), ...read(body) }
}

describe('a session of the entryway', () => {
  it('has tokens that the PDS of its account and the entryway accept', async () => {
    const { body } = await logIn()
    expect(claimsOf(body.accessJwt)).toMatchObject({
      typ: 'at+jwt',
      alg: 'ES256K',
      aud: 'did:web:a.test',
      sub: did,
      scope: 'com.atproto.access',
    })
    expect(claimsOf(body.refreshJwt)).toMatchObject({
      typ: 'refresh+jwt',
      aud: ENTRYWAY_DID,
      sub: did,
      scope: 'com.atproto.refresh',
    })
    for (const token of [body.accessJwt, body.refreshJwt]) {
      for (const foreign of ['kid', 'lxm', 'cnf'])
        expect(claimsOf(token)).not.toHaveProperty(foreign)
    }
    const { body: view } = await call('server.getSession', `Bearer ${body.accessJwt}`)
    expect(view).toMatchObject({ did, handle: 'alice.test', active: true })
  })

  it('of an app password has its scope', async () => {
    const { body } = await logIn()
    const app = { name: 'app', privileged: true }
    const created = await call('server.createAppPassword', `Bearer ${body.accessJwt}`, app)
    const { body: session } = await logIn(String(created.body.password))
    expect(claimsOf(session.accessJwt).scope).toBe('com.atproto.appPassPrivileged')
  })

  it('follows a move: its token is stale, and a refresh returns one for the new PDS', async () => {
    const { body } = await logIn()
    await move(B)
    const response = await fetch(`${harness.url}/xrpc/com.atproto.server.getSession`, {
      headers: { authorization: `Bearer ${body.accessJwt}` },
    })
    expect([response.status, await response.text()]).toEqual([
      400,
      '{"error":"ExpiredToken","message":"Token audience is out of date"}',
    ])
    const refreshed = await call('server.refreshSession', `Bearer ${body.refreshJwt}`, null)
    expect(claimsOf(refreshed.body.accessJwt).aud).toBe('did:web:b.test')
    const again = await call('server.refreshSession', `Bearer ${body.refreshJwt}`, null)
    expect(again.body.refreshJwt).toBe(refreshed.body.refreshJwt)
    expect((await call('server.getSession', `Bearer ${refreshed.body.accessJwt}`)).status).toBe(200)
    await call('server.deleteSession', `Bearer ${refreshed.body.refreshJwt}`, null)
    const ended = await call('server.refreshSession', `Bearer ${refreshed.body.refreshJwt}`, null)
    expect(ended.body).toEqual({ error: 'ExpiredToken', message: 'Token has been revoked' })
  })
})

describe('an account that moves during a call', () => {
  it('gets tokens for its new host from a log-in and from a refresh', async () => {
    moveMeanwhile(B)
    const { body } = await logIn()
    expect(claimsOf(body.accessJwt).aud).toBe(B)
    moveMeanwhile(A)
    const refreshed = await call('server.refreshSession', `Bearer ${body.refreshJwt}`, null)
    expect(claimsOf(refreshed.body.accessJwt).aud).toBe(A)
  })

  it('is not shown to a token for its former host', async () => {
    const { body } = await logIn()
    const view = () => call('server.getSession', `Bearer ${body.accessJwt}`)
    expect((await view()).status).toBe(200)
    await moveElsewhere(B)
    expect((await view()).body.error).toBe('ExpiredToken')
  })
})

describe('a host', () => {
  interface Claims {
    readonly aud?: string
    readonly iss?: string
    readonly keypair?: Secp256k1Keypair
  }
  /** Calls a method for the account, as an official PDS does. */
  const forAccount = async (
    nsid: string,
    input?: object | null,
    claims: Claims & { lxm?: string | null } = {},
  ) => {
    const { lxm = `com.atproto.${nsid}`, ...rest } = claims
    const token = await createServiceJwt({
      iss: did,
      aud: ENTRYWAY_DID,
      keypair: key,
      lxm,
      ...rest,
    })
    return await call(nsid, `Bearer ${token}`, input)
  }

  it('may call protected methods for its accounts', async () => {
    const view = await forAccount('server.getSession')
    expect(view.body).toMatchObject({ did, handle: 'alice.test', email: 'alice@example.com' })
    const created = await forAccount('server.createAppPassword', { name: 'through the host' })
    expect(created.status).toBe(200)
  })

  it('may change the handle of the account in the token, and of no other', async () => {
    const foreign = { handle: 'alicia.test', did: 'did:plc:somebodyelseaaaaaaaaaaaa' }
    expect((await forAccount('identity.updateHandle', foreign)).status).toBe(400)
    const own = { handle: 'alice.test', did }
    expect((await forAccount('identity.updateHandle', own)).status).toBe(200)
  })

  it('may send mail to the account in the token, and to no other', async () => {
    const mail = { content: 'Hello.', senderDid: 'did:web:operator.test' }
    const sent = await forAccount('admin.sendEmail', { ...mail, recipientDid: did })
    expect(sent.body).toEqual({ sent: true })
    const recipientDid = 'did:plc:somebodyelseaaaaaaaaaaaa'
    expect((await forAccount('admin.sendEmail', { ...mail, recipientDid })).status).toBe(400)
    const admin = `Basic ${btoa(`admin:${TEST_ADMIN_PASSWORD}`)}`
    const byAdmin = await call('admin.sendEmail', admin, { ...mail, recipientDid: did })
    expect(byAdmin.body).toEqual({ sent: true })
  })

  it.each<[string, string, string, () => Claims & { lxm?: string | null }]>([
    ['of another key', 'BadJwtSignature', 'server.getSession', () => ({ keypair: other })],
    [
      'for another service',
      'BadJwtAudience',
      'server.getSession',
      () => ({ aud: 'did:web:x.test' }),
    ],
    [
      'for another method',
      'BadJwtLexiconMethod',
      'server.getSession',
      () => ({ lxm: 'com.atproto.server.updateEmail' }),
    ],
    ['for every method', 'BadJwtLexiconMethod', 'server.getSession', () => ({ lxm: null })],
    [
      'of a service of the account',
      'BadJwtIss',
      'server.getSession',
      () => ({ iss: `${did}#atproto_labeler` }),
    ],
    ['for a method that is not protected', 'InvalidToken', 'temp.checkSignupQueue', () => ({})],
  ])('is refused with a token %s: %s', async (_, error, nsid, claims) => {
    expect((await forAccount(nsid, undefined, claims())).body.error).toBe(error)
  })

  it('is refused for an account on none of our hosts', async () => {
    const iss = await signUp('bob')
    const refused = await forAccount('server.getSession', undefined, { iss })
    expect(refused.body.error).toBe('InvalidToken')
    const mail = { content: 'Hello.', senderDid: 'did:web:x.test', recipientDid: iss }
    expect((await forAccount('admin.sendEmail', mail, { iss })).status).toBe(401)
  })

  it('may only deactivate an account whose DID names another host', async () => {
    await move(B)
    expect((await forAccount('server.getSession')).body.error).toBe('BadJwtIss')
    expect((await forAccount('server.deactivateAccount', {})).status).toBe(200)
    await move(A)
    expect((await forAccount('server.getSession')).body).toMatchObject({ status: 'deactivated' })
    expect(await forAccount('server.activateAccount', null)).toMatchObject({ status: 200 })
  })

  it('may call only the methods for moving away for a taken-down account', async () => {
    await harness.accounts.operator.disableAccount(did)
    expect((await forAccount('server.getSession')).body.error).toBe('AccountTakedown')
    const leaving = await forAccount('identity.requestPlcOperationSignature', null)
    expect(leaving).toMatchObject({ status: 200 })
    await harness.accounts.operator.enableAccount(did)
  })
})

describe('the gateway', () => {
  it('forwards a call to the host of the account, with the client address', async () => {
    const server = await serve((req, res) =>
      gateway.middleware(req, res, () => void res.writeHead(404).end()),
    )
    const read = await fetch(`${server.url}/xrpc/com.example.read?repo=alice.test`)
    const url = '/xrpc/com.example.read?repo=alice.test'
    expect(await read.json()).toEqual({ url, address: '127.0.0.1' })
    const { body } = await logIn()
    await move(B)
    const headers = { authorization: `Bearer ${body.accessJwt}` }
    const stale = await fetch(`${server.url}/xrpc/com.example.read`, { headers })
    expect(await stale.json()).toMatchObject({ message: 'Token audience is out of date' })
    await server.close()
  })

  it('leaves methods about accounts to the account module', () => {
    expect(gateway.methods).toContain('com.atproto.server.getSession')
    expect(gateway.methods).not.toContain('com.atproto.server.getServiceAuth')
  })
})

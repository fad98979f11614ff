import { Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { Client, createUpdateOp, type Operation } from '@did-plc/lib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { InvalidCode } from '../errors.ts'
import { createPlcIdentity } from '../identity/plc-identity.ts'

const password = 'correct horse battery'
const owner = await Secp256k1Keypair.create()
const CREATE_ACCOUNT = 'com.atproto.server.createAccount'
const HERE = 'did:web:new.test'
const HOST_URL = 'https://new.test'
const status = {
  repoCommit: 'bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm',
  repoRev: '3jzfcijpj2z2a',
  repoBlocks: 1,
  indexedRecords: 0,
  privateStateValues: 0,
  expectedBlobs: 0,
  importedBlobs: 0,
}

describe('an account that moves in', () => {
  let databases: readonly TestDatabase[]
  let directory: PlcDirectory
  let old: AccountHarness
  let harness: AccountHarness
  const documents = new Map<string, object>()
  // Token verifiers use the real time.
  const clock = createTestClock(new Date())

  beforeAll(async () => {
    databases = [await openAccountDatabase(), await openAccountDatabase()]
    directory = await startPlcDirectory()
    const identity = createPlcIdentity({ url: directory.url, retryPauseMs: 5 })
    const here = await testModuleOptions({
      serviceDid: HERE,
      publicUrl: HOST_URL,
      handleDomains: ['.new.test'],
    })
    const [first, second] = databases
    if (first === undefined || second === undefined) throw new Error('no database')
    old = await openAccountHarness(first.db, {
      identity,
      clock,
    })
    harness = await openAccountHarness(second.db, {
      ...here,
      identity,
      clock,
      resolver: {
        handle: { resolve: async () => undefined },
        did: { resolve: async (did) => documents.get(did) ?? null },
      },
      repositories: { describe: async () => status },
    })
  })
  afterAll(async () => {
    await old.close()
    await harness.close()
    await directory.close()
    await Promise.all(databases.map((database) => database.close()))
  })

  /** Sends a query without a body, or a procedure; null is a procedure without input. */
  const call = async (method: string, token: string | undefined, body?: object | null) => {
    const response = await fetch(`${harness.url}/xrpc/${method}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
  }
  const leave = async (name: string, recoveryKey?: string) => {
    const { did } = await old.accounts.service.create(
      { handle: `${name}.test`, email: `${name}@example.com`, password, recoveryKey },
      'unlimited',
    )
    return { did, token: await tokenOf(did) }
  }
  const tokenOf = (did: string, aud = HERE, from = old) => {
    // The test clock stands still, but verifiers use the real time.
    const exp = Math.floor(clock.now().getTime() / 1000) + 50 * 60
    return from.accounts.keys.serviceAuth(did, { aud, lxm: CREATE_ACCOUNT, exp })
  }
  /** Publishes a DID that names a host, with the key of its owner. */
  const lead = async (did: string, { accounts }: AccountHarness) => {
    const head = (await directory.log(did)).at(-1) as Operation
    const { rotationKeys, ...wanted } = await accounts.service.recommendCredentials(did)
    const operation = await createUpdateOp(head, owner, (now) => ({
      ...now,
      ...wanted,
      alsoKnownAs: [...wanted.alsoKnownAs],
      rotationKeys: [owner.did(), ...rotationKeys],
    }))
    await new Client(directory.url).sendOperation(did, operation)
  }
  const arrival = (name: string, did: string) => ({
    did,
    handle: `${name}.new.test`,
    email: `${name}@example.com`,
    password,
  })
  const activate = async (token: string) => {
    const { status: code, body } = await call('com.atproto.server.activateAccount', token, null)
    return code === 200 ? 'active' : body.message
  }

  it('starts deactivated and becomes active once its DID names this service', async () => {
    const { did, token } = await leave('alice')
    const reserved = await harness.accounts.service.reserveSigningKey(did, 'unlimited')
    const created = await call(CREATE_ACCOUNT, token, arrival('alice', did))
    expect(created).toMatchObject({ status: 200, body: { did, handle: 'alice.new.test' } })
    const { accessJwt } = created.body
    expect(await harness.accounts.keys.publicKey(did)).toBe(reserved)
    expect(await activate(accessJwt)).toBe('Server rotation key not included in PLC DID data')
    const check = () => call('com.atproto.server.checkAccountStatus', accessJwt)
    expect((await check()).body).toEqual({ activated: false, validDid: false, ...status })

    const wanted = await call('com.atproto.identity.getRecommendedDidCredentials', accessJwt)
    const sign = (code?: string) =>
      old.accounts.service.signOperation({ did, code, changes: wanted.body }, 'unlimited')
    await expect(sign()).rejects.toThrow('email confirmation token required')
    await expect(sign('AAAAA-AAAAA')).rejects.toThrow(InvalidCode)
    await old.accounts.service.requestOperationCode(did, 'unlimited')
    await old.accounts.runDueJobs()
    const mail = old.mailbox.messages.findLast(({ to }) => to === 'alice@example.com')
    const code = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(mail?.text ?? '')?.[0] ?? ''
    const operation = await sign(code.toLowerCase())
    await expect(sign(code)).rejects.toThrow(InvalidCode)
    const submitted = await call('com.atproto.identity.submitPlcOperation', accessJwt, {
      operation,
    })
    expect(submitted).toEqual({ status: 200, body: {} })
    expect((await check()).body).toMatchObject({ activated: false, validDid: true })
    expect(await activate(accessJwt)).toBe('active')
    expect((await check()).body).toMatchObject({ activated: true, validDid: true })
    expect(await harness.accounts.service.resolveHandle('alice.new.test')).toBe(did)
    const kinds = (await harness.accounts.changes.read())
      .filter((change) => change.did === did)
      .map(({ kind }) => kind)
    expect(kinds).toEqual(['created', 'deactivated', 'identity-changed', 'activated'])
    await old.accounts.service.createSession(did)
  })

  it('is accepted only with a token of its own host', async () => {
    const { did, token } = await leave('bob')
    const missing = {
      status: 401,
      body: { message: `Missing auth to create account with did: ${did}` },
    }
    expect(await call(CREATE_ACCOUNT, undefined, arrival('bob', did))).toMatchObject(missing)
    const { token: other } = await leave('bobby')
    expect(await call(CREATE_ACCOUNT, other, arrival('bob', did))).toMatchObject(missing)
    const forged = await createServiceJwt({
      iss: did,
      aud: HERE,
      lxm: CREATE_ACCOUNT,
      keypair: await Secp256k1Keypair.create(),
    })
    expect(await call(CREATE_ACCOUNT, forged, arrival('bob', did))).toMatchObject({
      status: 401,
      body: { error: 'BadJwtSignature' },
    })
    const elsewhere = await tokenOf(did, 'did:web:other.test')
    expect(await call(CREATE_ACCOUNT, elsewhere, arrival('bob', did))).toMatchObject({
      status: 401,
      body: { error: 'BadJwtAudience' },
    })
    await call(CREATE_ACCOUNT, token, arrival('bob', did))
    expect(await harness.accounts.service.get(did)).toMatchObject({ status: 'deactivated' })
  })

  it('can be requested again with its password until it is activated', async () => {
    const { did, token } = await leave('carol')
    const request = arrival('carol', did)
    expect((await call(CREATE_ACCOUNT, token, request)).status).toBe(200)
    expect((await call(CREATE_ACCOUNT, token, request)).status).toBe(200)
    const wrong = { ...request, password: 'another staple entirely' }
    expect((await call(CREATE_ACCOUNT, token, wrong)).status).toBe(401)
    const renamed = { ...request, handle: 'caroline.new.test' }
    expect(await call(CREATE_ACCOUNT, token, renamed)).toMatchObject({
      status: 400,
      body: { message: 'An account with this DID already exists' },
    })
  })

  it('is created once by concurrent requests', async () => {
    const { did, token } = await leave('dave')
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => call(CREATE_ACCOUNT, token, arrival('dave', did))),
    )
    expect(answers.some((answer) => answer.status === 200)).toBe(true)
    expect(answers.filter((answer) => answer.status >= 500)).toEqual([])
    const { events } = await harness.accounts.operator.showAccount(did)
    expect(events.filter(({ event }) => event === 'account.moved-in')).toHaveLength(1)
  })

  it('comes back after moving out, even if purged since', async () => {
    const { did } = await leave('frank', owner.did())
    const move = async (handle: string) => {
      const reserved = await harness.accounts.service.reserveSigningKey(did, 'unlimited')
      const request = { ...arrival('frank', did), handle, email: `${handle}@example.com` }
      const created = await call(CREATE_ACCOUNT, await tokenOf(did), request)
      expect(created).toMatchObject({ status: 200, body: { did, handle } })
      expect(await harness.accounts.keys.publicKey(did)).toBe(reserved)
      const again = await call(CREATE_ACCOUNT, await tokenOf(did), request)
      expect((await call('com.atproto.server.getSession', again.body.accessJwt)).status).toBe(200)
      await lead(did, harness)
      expect(await activate(created.body.accessJwt)).toBe('active')
      return created.body.accessJwt
    }
    const first = await move('frank.new.test')
    // An existing account of this service cannot be taken over.
    const own = await tokenOf(did, HERE, harness)
    expect(await call(CREATE_ACCOUNT, own, arrival('frank', did))).toMatchObject({ status: 400 })

    await lead(did, old)
    const second = await move('frankie.new.test')
    expect((await call('com.atproto.server.getSession', first)).body.error).toBe('ExpiredToken')
    expect(await harness.accounts.service.resolveHandle('frankie.new.test')).toBe(did)

    await lead(did, old)
    await harness.accounts.operator.deleteAccount(did)
    expect(await call(CREATE_ACCOUNT, await tokenOf(did), arrival('frank', did))).toMatchObject({
      status: 400,
    })
    await harness.accounts.operator.purgeAccount(did)
    const third = await move('frank.new.test')
    expect((await call('com.atproto.server.getSession', second)).status).toBe(400)
    expect(await call('com.atproto.server.getSession', third)).toMatchObject({
      status: 200,
      body: { did, handle: 'frank.new.test', email: 'frank.new.test@example.com' },
    })
  })

  it('with a did:web follows its document', async () => {
    const did = 'did:web:erin.example.com'
    const key = await Secp256k1Keypair.create()
    const document = (publicKey: string, endpoint: string) => ({
      id: did,
      alsoKnownAs: ['at://erin.new.test'],
      verificationMethod: [
        {
          id: `${did}#atproto`,
          type: 'Multikey',
          controller: did,
          publicKeyMultibase: publicKey.slice('did:key:'.length),
        },
      ],
      service: [
        { id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: endpoint },
      ],
    })
    const token = await createServiceJwt({ iss: did, aud: HERE, lxm: CREATE_ACCOUNT, keypair: key })
    expect((await call(CREATE_ACCOUNT, token, arrival('erin', did))).status).toBe(401)
    documents.set(did, document(key.did(), 'https://pds.test'))
    const { body } = await call(CREATE_ACCOUNT, token, arrival('erin', did))
    expect(await activate(body.accessJwt)).toBe(
      'DID document atproto_pds service endpoint does not match PDS public url',
    )
    documents.set(did, document(key.did(), HOST_URL))
    expect(await activate(body.accessJwt)).toBe(
      'DID document verification method does not match expected signing key',
    )
    documents.set(did, document(await harness.accounts.keys.publicKey(did), HOST_URL))
    expect(await activate(body.accessJwt)).toBe('active')
    const identity = await call(`com.atproto.identity.resolveIdentity?identifier=${did}`, undefined)
    expect(identity.body).toMatchObject({ did, handle: 'erin.new.test', didDoc: { id: did } })
  })
})

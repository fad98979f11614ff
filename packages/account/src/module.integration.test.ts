import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import { AtpBaseClient } from '@lexwright/generated/client'
import * as Create from '@lexwright/generated/types/com/atproto/account/create'
import * as ResetPassword from '@lexwright/generated/types/com/atproto/account/resetPassword'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { createPostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { migrations } from './db/migrations.ts'
import { createAccountModule, migrateAccounts } from './module.ts'

const password = 'correct horse battery'
const basic = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`

describe('the account module over HTTP', () => {
  let database: TestDatabase
  let harness: AccountHarness
  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db)
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  /** Calls a method like a generic client; `body` null sends none. */
  async function call(method: string, body: unknown = null, authorization?: string) {
    const response = await fetch(`${harness.url}/xrpc/com.atproto.account.${method}`, {
      method: method === 'get' ? 'GET' : 'POST',
      headers: {
        ...(body !== null && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
      },
      ...(body !== null && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const create = async (name: string) => {
    const { data } = await harness.client.com.atproto.account.create({
      handle: `${name}.test`,
      email: `${name}@example.com`,
      password,
    })
    return data
  }
  const requestFor = (name: string, more: object = {}) => ({
    handle: `${name}.test`,
    email: `${name}@example.com`,
    password,
    ...more,
  })

  it('serves all six methods to the generated client', async () => {
    const { account } = harness.client.com.atproto
    const created = await create('alice')
    const headers = { authorization: `Bearer ${created.accessJwt}` }
    expect((await account.get(undefined, { headers })).data).toEqual({
      did: created.did,
      handle: 'alice.test',
      email: 'alice@example.com',
      status: 'active',
      createdAt: '2026-03-01T12:00:00.000Z',
      passwordChangedAt: '2026-03-01T12:00:00.000Z',
    })
    const admin = { authorization: basic('admin', TEST_ADMIN_PASSWORD) }
    const invite = await account.createInviteCode({ useCount: 3 }, { headers: admin })
    expect(invite.data.code).toMatch(/^pds-test-[a-z2-7]{5}-[a-z2-7]{5}$/)

    await account.requestPasswordReset({ email: 'alice@example.com' })
    await harness.accounts.runDueJobs()
    const token = newestResetCode(harness.mailbox, 'alice@example.com')
    await account.resetPassword({ token, password: 'another staple entirely' })
    await expect(account.get(undefined, { headers })).rejects.toMatchObject({
      status: 400,
      error: 'ExpiredToken',
    })

    const bob = await create('bob')
    await account.delete(undefined, { headers: { authorization: `Bearer ${bob.accessJwt}` } })
    await expect(
      account.delete(undefined, { headers: { authorization: `Bearer ${bob.accessJwt}` } }),
    ).rejects.toMatchObject({ status: 400, error: 'ExpiredToken' })
  })

  it('throws the declared errors in the client as their classes', async () => {
    const { account } = harness.client.com.atproto
    const request = requestFor('classes')
    await expect(account.create({ ...request, handle: 'x' })).rejects.toThrow(
      Create.InvalidHandleError,
    )
    await expect(account.create({ ...request, handle: 'admin.test' })).rejects.toThrow(
      Create.HandleNotAvailableError,
    )
    await expect(account.create({ ...request, password: 'x' })).rejects.toThrow(
      Create.InvalidPasswordError,
    )
    await expect(account.resetPassword({ token: 'x', password })).rejects.toThrow(
      ResetPassword.InvalidTokenError,
    )
  })

  it.each([
    ['create', requestFor('w', { handle: 'ab.test' }), 400, 'InvalidHandle'],
    ['create', requestFor('w', { handle: 'root.test' }), 400, 'HandleNotAvailable'],
    ['create', requestFor('wire', { email: 'nonsense' }), 400, 'InvalidRequest'],
    ['create', requestFor('wire', { password: 'password' }), 400, 'InvalidPassword'],
    ['create', requestFor('wire', { recoveryKey: 'did:key:z' }), 400, 'InvalidRequest'],
    ['create', { handle: 'wire.test' }, 400, 'InvalidRequest'],
    ['create', requestFor('wire', { recoveryKey: null }), 400, 'InvalidRequest'],
    ['create', '{', 400, 'SyntaxError'],
    ['get', null, 401, 'AuthMissing'],
    ['delete', null, 401, 'AuthMissing'],
    ['createInviteCode', { useCount: 1 }, 401, 'AuthenticationRequired'],
    ['requestPasswordReset', {}, 400, 'InvalidRequest'],
    ['resetPassword', { token: 'aaaaa-aaaaa', password }, 400, 'InvalidToken'],
  ])('%s %j → %d %s', async (method, body, status, error) => {
    expect(await call(method, body)).toEqual({
      status,
      body: { error, message: expect.any(String) },
    })
  })

  it('answers a taken handle and a taken email', async () => {
    await create('taken')
    expect(await call('create', requestFor('other', { handle: 'taken.test' }))).toMatchObject({
      status: 400,
      body: { error: 'HandleNotAvailable', message: 'Handle is already taken' },
    })
    expect(await call('create', requestFor('other', { email: 'taken@example.com' }))).toMatchObject(
      {
        status: 400,
        body: { error: 'InvalidRequest', message: 'Email is already in use' },
      },
    )
  })

  it.each(['known@example.com', 'unknown@example.com', 'nonsense', '', 'nul\0@example.com'])(
    'answers a reset for %j with 200 and nothing',
    async (email) => {
      if (email === 'known@example.com') await create('known')
      expect(await call('requestPasswordReset', { email })).toEqual({
        status: 200,
        body: undefined,
      })
    },
  )

  it('requires a recent login for a deletion', async () => {
    const { accessJwt } = await create('lingering')
    harness.clock.advance(15 * 60 + 1)
    expect(await call('delete', null, `Bearer ${accessJwt}`)).toMatchObject({
      status: 401,
      body: { error: 'ReauthenticationRequired' },
    })
  })

  describe('an access token', () => {
    it.each([
      ['Bearer', 401, 'AuthMissing'],
      ['Bearer ', 401, 'AuthMissing'],
      ['Basic YWRtaW46YWRtaW4=', 401, 'AuthMissing'],
      ['Bearer nonsense', 400, 'InvalidToken'],
      ['Bearer a.b.c', 400, 'InvalidToken'],
      ['Bearer eyJhbGciOiJub25lIn0.e30.', 400, 'InvalidToken'],
      ['bearer nonsense', 400, 'InvalidToken'],
    ])('%j → %d %s', async (authorization, status, error) => {
      expect(await call('get', null, authorization)).toMatchObject({ status, body: { error } })
    })

    it('expires', async () => {
      const { accessJwt, refreshJwt } = await create('expiring')
      expect(await call('get', null, `Bearer ${refreshJwt}`)).toMatchObject({
        status: 400,
        body: { error: 'InvalidToken' },
      })
      harness.clock.advance(2 * 60 * 60 + 31)
      expect(await call('get', null, `Bearer ${accessJwt}`)).toMatchObject({
        status: 400,
        body: { error: 'ExpiredToken', message: 'Token has expired' },
      })
    })
  })

  describe('createInviteCode', () => {
    it.each([
      undefined,
      'Basic',
      'Basic ',
      'Basic !!!',
      basic('admin', 'wrong'),
      basic('Admin', TEST_ADMIN_PASSWORD),
      basic('', TEST_ADMIN_PASSWORD),
      basic('admin', 'admin'),
      `Bearer ${TEST_ADMIN_PASSWORD}`,
      `Basic ${Buffer.from('admin').toString('base64')}`,
    ])('is refused with %p', async (authorization) => {
      expect(await call('createInviteCode', { useCount: 1 }, authorization)).toMatchObject({
        status: 401,
        body: { error: 'AuthenticationRequired' },
      })
    })

    it.each([0, -1, 100_001, 1.5, '1', null, 2 ** 53])(
      'is refused for %j uses',
      async (useCount) => {
        expect(
          await call('createInviteCode', { useCount }, basic('admin', TEST_ADMIN_PASSWORD)),
        ).toMatchObject({ status: 400, body: { error: 'InvalidRequest' } })
      },
    )

    it.each([1, 100_000])('gives a code for %j uses', async (useCount) => {
      expect(
        await call('createInviteCode', { useCount }, basic('admin', TEST_ADMIN_PASSWORD)),
      ).toMatchObject({ status: 200 })
    })
  })

  it('answers 503 with Retry-After when too many passwords are queued, and leaves nothing behind', async () => {
    const { policy } = await testModuleOptions({ bcryptCost: 8, hashingQueue: 0 })
    const busy = await openAccountHarness(database.db, { policy })
    const names = Array.from({ length: 8 }, (_, n) => `crowd${n}`)
    const answers = await Promise.all(
      names.map(async (name) => {
        const response = await fetch(`${busy.url}/xrpc/com.atproto.account.create`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(requestFor(name)),
        })
        const retryAfter = Number(response.headers.get('retry-after'))
        const { error } = (await response.json()) as { readonly error?: string }
        return { name, status: response.status, retryAfter, error }
      }),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    expect(answers.length - refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeGreaterThan(0)
    for (const { name, status, retryAfter, error } of refused) {
      expect([status, error]).toEqual([503, 'TemporarilyUnavailable'])
      expect(retryAfter).toBeGreaterThan(0)
      await create(name)
    }
    await busy.close()
  })

  it('never answers input with a 5xx', async () => {
    const nasty: unknown[] = [
      '\0',
      'nul\0inside.test',
      '\ud800',
      '\udfff\ud800',
      'x'.repeat(90_000),
      '\u202Egnirts',
      '%00',
      "'; drop table account; --",
      '{"$ne":null}',
      '__proto__',
      '🔑'.repeat(500),
      '\r\nSet-Cookie: a=b',
      null,
      1e308,
      true,
      [],
      {},
      { toString: 1 },
    ]
    const statuses = new Set<number>()
    for (const value of nasty) {
      const calls = [
        ...['handle', 'email', 'password', 'recoveryKey', 'inviteCode'].map((field) =>
          call('create', requestFor('nasty', { [field]: value })),
        ),
        call('create', value),
        call('resetPassword', { token: value, password: value }),
        call('requestPasswordReset', { email: value }),
        call('createInviteCode', { useCount: value }, basic('admin', TEST_ADMIN_PASSWORD)),
      ]
      for (const { status } of await Promise.all(calls)) statuses.add(status)
    }
    for (const status of statuses) expect(status).toBeLessThan(500)
  })
})

describe('the account module in a host', () => {
  it('answers 503 with Retry-After and no details while the database is down', async () => {
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    const accounts = createAccountModule({ ...(await testModuleOptions()), db })
    const server = createServer()
    accounts.register(server)
    const http = server.xrpc.listen(0)
    const address = http.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const client = new AtpBaseClient(`http://127.0.0.1:${port}`)
    const refused = await client.com.atproto.account
      .requestPasswordReset({ email: 'alice@example.com' })
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({
      status: 503,
      error: 'TemporarilyUnavailable',
      message: 'Temporarily unavailable; try again later',
      headers: { 'retry-after': '5' },
    })
    await new Promise((resolve) => http.close(resolve))
    await accounts.stop()
    await db.destroy()
  })

  it('is created from its options without side effects', async () => {
    const options = await testModuleOptions()
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    const make = (changes: object) => () => createAccountModule({ ...options, db, ...changes })
    expect(make({})).not.toThrow()
    expect(make({ schema: 'Bad"Name' })).toThrow(/schema must be a plain lower-case name/)
    expect(make({ secrets: { ...options.secrets, adminPassword: '' } })).toThrow(/adminPassword/)
    expect(make({ secrets: { ...options.secrets, keyEncryptionKey: new Uint8Array(31) } })).toThrow(
      /keyEncryptionKey must have 32 bytes/,
    )
    expect(make({ secrets: { ...options.secrets, tokenHmacKey: 'short' } })).toThrow(/tokenHmacKey/)
    expect(make({ secrets: { ...options.secrets, jwtKeys: [] } })).toThrow(/token key/)
    const wrong = {
      serviceDid: 'nonsense',
      publicUrl: 'https://pds.test/path',
      handleDomains: ['test'],
      reauthWindow: 0,
      deletionGrace: -1,
      passwordResetUrl: 'javascript:alert(1)',
      recoveryDidKey: 'did:key:none',
    }
    // All problems at once.
    for (const name of Object.keys(wrong)) {
      const said = name === 'handleDomains' ? 'handle domain' : name
      expect(make({ policy: { ...options.policy, ...wrong } })).toThrow(said)
    }
    await db.destroy()
  })

  it('has its tables created without a module, as a deployment step', async () => {
    const database = await createPostgresDatabase()
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    expect(await migrateAccounts(db, { schema: 'elsewhere' })).toEqual(
      migrations.map((step) => step.name),
    )
    const accounts = createAccountModule({
      ...(await testModuleOptions()),
      db,
      schema: 'elsewhere',
    })
    expect(await accounts.migrate()).toEqual([])
    const request = { handle: 'alice.test', email: 'alice@example.com', password }
    expect(await accounts.service.create(request, 'unlimited')).toMatchObject({
      handle: 'alice.test',
    })
    await accounts.stop()
    await db.destroy()
    await database.drop()
  })
})

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AccountModule } from '@lexwright/account'
import { extensionOf } from '@lexwright/account/extension'
import type { TestDatabase } from '@lexwright/testing/postgres/databases'
import { describeSchema } from '@lexwright/testing/postgres/describe-schema'
import { sql } from 'kysely'
import { openStore } from '../testing/open-store.ts'
import {
  inMinutes,
  newDevice,
  newRequest,
  newRotation,
  newToken,
  random,
} from '../testing/store-rows.ts'
import { oauthMigrations } from './migrations.ts'
import type { OAuthStore } from './store.ts'
import type { NewToken } from './token-store.ts'

const password = 'correct horse battery'

describe('the store of the authorization server', () => {
  let database: TestDatabase
  let accounts: AccountModule
  let store: OAuthStore
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ database, accounts, store, close } = await openStore())
  })
  afterAll(async () => await close())

  const createAccount = async (name: string): Promise<string> => {
    const person = { handle: `${name}.test`, email: `${name}@example.com`, password }
    return (await accounts.service.create(person, 'unlimited')).did
  }
  const epochOf = async (did: string) => (await store.devices.findEpoch(did)) ?? -1
  const createDevice = async (): Promise<string> => {
    const id = random('dev')
    await store.devices.create(id, newDevice())
    return id
  }
  const signIn = async (did: string): Promise<string> => {
    const deviceId = await createDevice()
    await store.devices.signIn({ deviceId, did, epoch: await epochOf(did), at: new Date() })
    return deviceId
  }
  const pushRequest = async (deviceId: string | null = null): Promise<string> => {
    const request = newRequest(deviceId)
    await store.requests.create(request)
    return request.id
  }
  const consent = async (id: string, did: string, code = random('cod')) => {
    const parameters = { scope: 'atproto' }
    const times = { expiresAt: inMinutes(5), now: new Date() }
    const done = await store.requests.consent({ id, did, code, parameters, ...times })
    return done ? code : undefined
  }
  const authorize = async (did: string): Promise<string> =>
    (await consent(await pushRequest(await signIn(did)), did)) ?? 'refused'
  const openSession = async (did: string): Promise<NewToken & { refreshToken: string }> => {
    const code = await authorize(did)
    await store.requests.consume(code)
    const token = { ...newToken(did, code), refreshToken: random('ref') }
    expect(await store.tokens.create(token)).toBe(true)
    return token
  }
  const rotate = (tokenId: string, presented?: string) => {
    const rotation = newRotation(tokenId, presented)
    return store.tokens.rotate(rotation).then((done) => (done ? rotation : undefined))
  }
  const stateOf = async (refreshToken: string, waited = 0) =>
    (await store.tokens.findByRefreshToken(refreshToken, waited))?.state
  /** Ages all used tokens by some seconds. */
  const age = (seconds: number) =>
    sql`update lexwright_account.oauth_used_refresh_token
      set used_at = used_at - ${seconds} * interval '1 second'`.execute(database.db)
  const reset = (did: string) => accounts.operator.setPassword(did, `${password} ${random('new')}`)

  it('finds nothing to do on a second migration', async () => {
    expect(await extensionOf(accounts).migrate(oauthMigrations)).toEqual([])
    expect(await accounts.migrate()).toEqual([])
  })

  it('has the tables of schema.txt; after a new migration, run packages/testing/src/accounts/write-account-schema.ts', async () => {
    const committed = await readFile(new URL('./schema.txt', import.meta.url), 'utf8')
    expect(await describeSchema(database.db, 'lexwright_account', 'oauth_')).toBe(committed)
  })

  describe('a request', () => {
    it('belongs to the browser that opens it first', async () => {
      const id = await pushRequest()
      const devices = await Promise.all(Array.from({ length: 8 }, createDevice))
      const opened = await Promise.all(
        devices.map((deviceId) =>
          store.requests.open({ id, deviceId, expiresAt: inMinutes(5), now: new Date() }),
        ),
      )
      expect(opened.filter(Boolean)).toHaveLength(1)
      const found = await store.requests.find(id)
      expect(found?.deviceId).toBe(devices[opened.indexOf(true)])
      expect(found?.parameters).toEqual({ scope: 'atproto', state: 'kept "as" it is' })
    })

    it('accepts one consent, and stays when its page is reloaded', async () => {
      const did = await createAccount('consents')
      const id = await pushRequest(await signIn(did))
      const codes = await Promise.all(Array.from({ length: 8 }, () => consent(id, did)))
      const [code = ''] = codes.filter((each) => each !== undefined)
      expect(codes.filter((each) => each !== undefined)).toHaveLength(1)
      await store.requests.delete(id, undefined)
      expect(await store.requests.consume(code)).toMatchObject({ id, did })
      expect(await store.requests.find(id)).toBeUndefined()
    })

    it('requires a sign-in to that account, in the browser that opened it, before it expires', async () => {
      const [did, other] = [await createAccount('opener'), await createAccount('another')]
      expect(await consent(await pushRequest(), did)).toBeUndefined()
      expect(await consent(await pushRequest(await createDevice()), did)).toBeUndefined()
      expect(await consent(await pushRequest(await signIn(other)), did)).toBeUndefined()
      const late = await pushRequest(await signIn(did))
      await sql`update lexwright_account.oauth_request set expires_at = now() - interval '1 second'
        where id = ${late}`.execute(database.db)
      expect(await consent(late, did)).toBeUndefined()
      const stale = await pushRequest(await signIn(did))
      await sql`update lexwright_account.oauth_sign_in set at = at - interval '16 minutes'
        where did = ${did}`.execute(database.db)
      expect(await consent(stale, did)).toBeUndefined()
    })

    it.each([
      ['a new password', (did: string) => reset(did)],
      ['a takedown', (did: string) => accounts.operator.disableAccount(did)],
      ['a deletion', (did: string) => accounts.operator.deleteAccount(did)],
    ])('is invalid after %s', async (name, end) => {
      const did = await createAccount(name.replaceAll(' ', ''))
      const deviceId = await signIn(did)
      await store.devices.remember({ deviceId, did, now: new Date() })
      const [early, late] = [await pushRequest(deviceId), await pushRequest(deviceId)]
      const [code = '', unused = ''] = [await consent(early, did), await authorize(did)]
      const session = await openSession(did)
      await store.requests.consume(code)
      await end(did)
      expect(await consent(late, did)).toBeUndefined()
      expect(await store.requests.consume(unused)).toBeUndefined()
      expect(await store.tokens.create(newToken(did, code))).toBe(false)
      expect(await store.tokens.find(session.tokenId)).toBeUndefined()
      expect(await stateOf(session.refreshToken)).toBeUndefined()
      expect(await rotate(session.tokenId)).toBeUndefined()
      expect(await store.devices.list({ deviceId })).toEqual([])
      expect(await store.devices.remember({ deviceId, did, now: new Date() })).toBe(false)
      if (name === 'a takedown') await accounts.operator.enableAccount(did)
      if (name === 'a deletion') await accounts.operator.restoreAccount(did)
      expect(await store.tokens.find(session.tokenId)).toBeUndefined()
      expect(await store.devices.list({ did })).toEqual([])
      expect(await consent(late, did)).toBeUndefined()
    })
  })

  describe('a code', () => {
    it('counts once, however often it is presented concurrently', async () => {
      const did = await createAccount('codes')
      const code = await authorize(did)
      const found = await Promise.all(
        Array.from({ length: 20 }, () => store.requests.consume(code)),
      )
      expect(found.filter((each) => each !== undefined)).toHaveLength(1)
    })

    it('that is replayed leaves no session, in either order', async () => {
      const did = await createAccount('replays')
      const before = await authorize(did)
      await store.requests.consume(before)
      await store.requests.consume(before)
      expect(await store.tokens.create(newToken(did, before))).toBe(false)

      const after = await authorize(did)
      await store.requests.consume(after)
      const token = newToken(did, after)
      expect(await store.tokens.create(token)).toBe(true)
      expect((await store.tokens.findByCode(after))?.tokenId).toBe(token.tokenId)
    })
  })

  describe('a refresh token', () => {
    it('is rotated once, however often it is presented concurrently', async () => {
      const did = await createAccount('rotates')
      const { tokenId, refreshToken } = await openSession(did)
      const done = await Promise.all(Array.from({ length: 20 }, () => rotate(tokenId)))
      const [winner] = done.filter((each) => each !== undefined)
      expect(done.filter((each) => each !== undefined)).toHaveLength(1)
      expect(await stateOf(winner?.newRefreshToken ?? '')).toBe('current')
      expect(await stateOf(refreshToken)).toBe('concurrent')
      expect(await store.tokens.find(tokenId)).toBeUndefined()
    })

    it('that was used is concurrent, then repeated, then replayed', async () => {
      const did = await createAccount('ages')
      const first = await openSession(did)
      const second = await rotate(first.tokenId, first.refreshToken)
      await age(45)
      expect(await stateOf(first.refreshToken)).toBe('concurrent')
      await age(60)
      expect(await stateOf(first.refreshToken)).toBe('repeated')
      // The request has been waiting since before the token was used.
      expect(await stateOf(first.refreshToken, 150_000)).toBe('concurrent')
      await age(810)
      expect(await stateOf(first.refreshToken)).toBe('replayed')

      const third = await rotate(second?.newTokenId ?? '', second?.newRefreshToken)
      await age(90)
      expect(await stateOf(first.refreshToken)).toBe('replayed')
      expect(await stateOf(second?.newRefreshToken ?? '')).toBe('repeated')
      await store.tokens.endReplayed(first.refreshToken)
      expect(await stateOf(third?.newRefreshToken ?? '')).toBeUndefined()
    })

    it('whose answer was lost twice can still be used, but its lost successors cannot', async () => {
      const did = await createAccount('losses')
      const first = await openSession(did)
      let current = first.tokenId
      const lost: string[] = []
      for (let round = 0; round < 3; round++) {
        const rotation = await rotate(current, first.refreshToken)
        current = rotation?.newTokenId ?? ''
        lost.push(rotation?.newRefreshToken ?? '')
        await age(150)
        expect(await stateOf(first.refreshToken)).toBe('repeated')
      }
      expect(await Promise.all(lost.map((token) => stateOf(token)))).toEqual([
        'replayed',
        'replayed',
        'current',
      ])
    })

    it('is not stored in the database, nor is a code', async () => {
      const did = await createAccount('dumped')
      const session = await openSession(did)
      await rotate(session.tokenId, session.refreshToken)
      const dumps = await Promise.all(
        ['oauth_token', 'oauth_used_refresh_token', 'oauth_request'].map((table) =>
          sql<{
            row: string
          }>`select t::text as row from ${sql.id('lexwright_account', table)} t`.execute(
            database.db,
          ),
        ),
      )
      const dump = dumps.flatMap(({ rows }) => rows.map(({ row }) => row)).join('\n')
      expect(dump).toContain(did)
      expect(dump).not.toContain(session.refreshToken)
      expect(dump).not.toContain(session.code)
    })
  })

  it('adds up the scopes of concurrent consents, until the epoch ends', async () => {
    const did = await createAccount('scopes')
    const deviceId = await signIn(did)
    const grant = (...scopes: string[]) =>
      store.clients.authorize({ did, clientId: 'app', scopes, deviceId, now: new Date() })
    const granted = async () =>
      (await store.clients.list([did])).map(({ scopes }) => scopes.toSorted())
    await Promise.all([grant('atproto', 'a'), grant('atproto', 'b'), grant('atproto', 'c')])
    expect(await granted()).toEqual([['a', 'atproto', 'b', 'c']])
    await reset(did)
    expect(await granted()).toEqual([])
    await grant('atproto', 'd')
    expect(await granted()).toEqual([])
  })

  it('remembers an account in the browser where its password was entered', async () => {
    const did = await createAccount('remembers')
    const deviceId = await createDevice()
    const now = new Date()
    expect(await store.devices.remember({ deviceId, did, now })).toBe(false)
    await store.devices.signIn({ deviceId, did, epoch: 0, at: now })
    expect(await store.devices.remember({ deviceId, did, now })).toBe(true)
    expect(await store.devices.list({ deviceId })).toMatchObject([
      { account: { did, handle: 'remembers.test', deactivated: false }, updatedAt: now },
    ])
    await store.devices.update(deviceId, { ipAddress: '192.0.2.2' })
    expect(await store.devices.list({ did })).toMatchObject([
      { device: { ipAddress: '192.0.2.2' } },
    ])
    await store.devices.delete(deviceId)
    expect(await store.devices.list({ did })).toEqual([])
  })

  it('deletes expired rows and nothing else', async () => {
    const did = await createAccount('swept')
    const session = await openSession(did)
    const next = await rotate(session.tokenId)
    await createDevice()
    await reset(await createAccount('ended'))
    await store.scopes.refer('atproto repo:com.example.post', new Date())
    const at = new Date()
    const unresolved = {
      createdAt: at,
      updatedAt: at,
      lastSucceededAt: null,
      uri: null,
      lexicon: null,
    }
    for (const name of ['requested', 'granted']) await store.lexicons.put(`com.${name}`, unresolved)
    await store.lexicons.find('com.granted', at)
    const long = new Date(Date.now() + 24 * 3_600_000 + 1_000)
    const times = {
      now: long,
      refreshedBefore: new Date(0),
      begunBefore: new Date(0),
      strangersBefore: new Date(Date.now() + 1_000),
      devicesBefore: new Date(0),
      signInsBefore: long,
      resolvedBefore: long,
      scopesBefore: long,
    }
    while ((await store.sweeps.removeExpired(times, 7)) === 7);
    while ((await store.sweeps.removeDead(3)) === 3);
    expect(await counts()).toMatchObject({
      oauth_request: 0,
      oauth_sign_in: 0,
      oauth_replay: 0,
      oauth_scope: 0,
    })
    expect(await store.lexicons.find('com.requested')).toBeUndefined()
    expect(await store.lexicons.find('com.granted')).toBeDefined()
    expect(await stateOf(next?.newRefreshToken ?? '')).toBe('current')
    await store.sweeps.removeExpired(
      { ...times, refreshedBefore: long, devicesBefore: long },
      1_000,
    )
    expect(await counts()).toMatchObject({
      oauth_token: 0,
      oauth_used_refresh_token: 0,
      oauth_device: 0,
      oauth_device_account: 0,
    })
    expect(await store.lexicons.find('com.granted')).toBeUndefined()
  })

  const counts = async (): Promise<Record<string, number>> => {
    const tables = [
      'oauth_request',
      'oauth_sign_in',
      'oauth_replay',
      'oauth_scope',
      'oauth_token',
      'oauth_used_refresh_token',
      'oauth_device',
      'oauth_device_account',
    ]
    const rows = await Promise.all(
      tables.map((table) =>
        sql<{
          n: number
        }>`select count(*)::int as n from ${sql.id('lexwright_account', table)}`.execute(
          database.db,
        ),
      ),
    )
    return Object.fromEntries(tables.map((table, index) => [table, rows[index]?.rows[0]?.n ?? -1]))
  }
})

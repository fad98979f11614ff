import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { TokenError } from '@lexwright/account/extension'
import {
  alice,
  bearer,
  bob,
  ENTRYWAY_DID,
  hostAt,
  type LocalEntryway,
  type LocalServer,
  serve,
  startEntryway,
} from './testing/local-hosts.ts'

let a: LocalServer
let b: LocalServer
let entryway: LocalEntryway
/** Thrown by token verification while set. */
let flaw: Error | undefined
const [A, B] = ['did:web:a.test', 'did:web:b.test']

beforeAll(async () => {
  const echo = (name: string) =>
    serve((req, res) => {
      const { url, method, headers } = req
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify({ name, method, url, authorization: headers.authorization }))
    })
  a = await echo('a')
  b = await echo('b')
  entryway = await startEntryway({
    verifyToken: async () => {
      if (flaw !== undefined) throw flaw
      await entryway.hosts.refresh(alice)
    },
  })
})
afterAll(() => Promise.all([entryway.close(), a.close(), b.close()]))

beforeEach(() => {
  flaw = undefined
  for (const did of [alice, bob]) entryway.hosts.forget(did)
  entryway.accounts.set(alice, hostAt('a', a.url)).set(bob, hostAt('b', b.url))
  entryway.lookups.length = 0
})

interface Answer {
  readonly name?: string
  readonly error?: string
  readonly [key: string]: unknown
}

async function call(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${entryway.url}/xrpc/${path}`, init)
  return response.status === 404
    ? { error: await response.text() }
    : ((await response.json()) as Answer)
}

describe('a call goes to the host', () => {
  const service = { iss: alice, aud: A, lxm: 'com.atproto.repo.uploadBlob' }

  it.each([
    ['of the calling account', { sub: alice, aud: A }, '', 'a'],
    ['of another calling account', { sub: bob, aud: B }, '', 'b'],
    [
      'of the calling account, whatever its parameters',
      { sub: alice, aud: A },
      `?repo=${bob}`,
      'a',
    ],
    ['of the account that signed the token', service, '', 'a'],
  ])('%s', async (_, claims, search, expected) => {
    const answer = await call(`com.example.unknown${search}`, { headers: bearer(claims) })
    expect(answer).toMatchObject({ name: expected, url: `/xrpc/com.example.unknown${search}` })
  })

  it.each([
    ['of the repo in the parameters', `repo=${bob}&x=%20`, 'b'],
    ['of the handle in the parameters', 'repo=alice.test', 'a'],
    ['of the DID in the parameters', `cid=x&did=${alice}`, 'a'],
  ])('%s, without a token', async (_, search, expected) => {
    expect(await call(`com.example.read?${search}`)).toMatchObject({
      name: expected,
      url: `/xrpc/com.example.read?${search}`,
    })
  })

  it('of the account in the token of an app, which the PDS verifies', async () => {
    const { authorization } = bearer({ sub: alice, aud: [B] })
    const headers = { authorization: authorization.replace('Bearer', 'DPoP') }
    expect(await call('com.example.read', { headers })).toMatchObject({ name: 'a', ...headers })
  })

  it('without an operator password', async () => {
    const headers = { authorization: `Basic ${btoa('admin:secret')}` }
    const answer = await call(`com.example.read?did=${alice}`, { headers })
    expect(answer).not.toHaveProperty('authorization')
    expect(answer).toMatchObject({ name: 'a' })
  })

  it.each(['getServiceAuth', 'checkAccountStatus'])('for server.%s too', async (method) => {
    const headers = bearer({ sub: bob, aud: B })
    expect(await call(`com.atproto.server.${method}`, { headers })).toMatchObject({ name: 'b' })
  })
})

describe('a call is not forwarded', () => {
  it.each([
    ['without a token or an account', 'com.example.read', {}, 'AuthMissing'],
    ['for an unknown account', 'com.example.read?repo=did:plc:nobody', {}, 'RepoNotFound'],
    ['for an unknown handle', 'com.example.read?repo=nobody.test', {}, 'RepoNotFound'],
    [
      'with a token of an unknown account',
      'com.example.read',
      bearer({ sub: 'did:plc:x' }),
      'RepoNotFound',
    ],
    ['with a malformed token', 'com.example.read', { authorization: 'Bearer x' }, 'InvalidToken'],
    [
      'with a token for the entryway',
      'com.example.read',
      bearer({ iss: alice, aud: ENTRYWAY_DID, lxm: 'com.example.read' }, 'JWT'),
      'MethodNotImplemented',
    ],
  ])('%s', async (_, path, headers, error) => {
    expect(await call(path, { headers: { ...headers } })).toMatchObject({ error })
  })

  it.each([
    'com.atproto.server.createSession',
    'com.atproto.server.unknownMethod',
    'com.atproto.identity.updateHandle',
    'com.atproto.admin.getAccountInfo',
    'com.atproto.temp.checkSignupQueue',
    'com.atproto.session.get',
    'COM.ATPROTO.SERVER.createSession',
    'com.atproto.Server.getServiceAuth',
    'com.example%2Eread',
    'com.example.read/',
    'com.example.read/../com.atproto.server.createSession',
    'com',
    `com.${'long.'.repeat(70)}read`,
  ])('for %s', async (path) => {
    const headers = bearer({ sub: alice, aud: A })
    expect(await call(path, { headers })).toEqual({ error: 'not proxied' })
  })

  it('with another verb', async () => {
    const init = { method: 'PUT', headers: bearer({ sub: alice, aud: A }) }
    expect(await call('com.example.read', init)).toEqual({ error: 'not proxied' })
  })
})

describe('a token for another host', () => {
  const headers = bearer({ sub: alice, aud: B })

  it('is stale if the account is not there', async () => {
    flaw = new TokenError('stale-audience')
    const response = await fetch(`${entryway.url}/xrpc/com.example.read`, { headers })
    const body = '{"error":"ExpiredToken","message":"Token audience is out of date"}'
    expect([response.status, await response.text()]).toEqual([400, body])
  })

  it.each([
    ['bad-signature', 'InvalidToken'],
    ['expired', 'ExpiredToken'],
  ] as const)('with the error %s causes no lookup', async (code, error) => {
    await call('com.example.read', { headers: bearer({ sub: alice, aud: A }) })
    flaw = new TokenError(code)
    entryway.lookups.length = 0
    expect(await call('com.example.read', { headers })).toMatchObject({ error })
    expect(entryway.lookups).toEqual([])
  })

  it('is used if the account has moved there', async () => {
    await call('com.example.read', { headers: bearer({ sub: alice, aud: A }) })
    entryway.accounts.set(alice, hostAt('b', b.url))
    expect(await call('com.example.read', { headers })).toMatchObject({ name: 'b' })
    expect(await call(`com.example.read?did=${alice}`)).toMatchObject({ name: 'b' })
  })
})

describe('the host of an account', () => {
  const read = () => call(`com.example.read?did=${alice}`)

  it('is looked up once', async () => {
    await Promise.all([read(), read()])
    await read()
    expect(entryway.lookups).toEqual([alice])
  })

  it('changes at once when forget is called after a move', async () => {
    await read()
    entryway.accounts.set(alice, hostAt('b', b.url))
    expect(await read()).toMatchObject({ name: 'a' })
    entryway.hosts.forget(alice)
    expect(await read()).toMatchObject({ name: 'b' })
  })
})

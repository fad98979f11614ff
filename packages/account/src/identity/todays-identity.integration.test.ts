import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { freePort } from '@lexwright/testing/network/free-port'

const password = 'correct horse battery'

describe('AtpAgent, unmodified, and identities', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let agent: AtpAgent
  beforeAll(async () => {
    database = await openAccountDatabase()
    const port = await freePort()
    const { policy } = await testModuleOptions({ publicUrl: `http://127.0.0.1:${port}` })
    harness = await openAccountHarness(database.db, { policy }, port)
    agent = await signUp('alice')
    await signUp('bob')
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const signUp = async (name: string): Promise<AtpAgent> => {
    const fresh = new AtpAgent({ service: harness.url })
    await fresh.createAccount({ handle: `${name}.test`, email: `${name}@example.com`, password })
    return fresh
  }
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (cause: unknown) => cause as { readonly status: number; error: string; message: string },
    )
    return [error?.status, error?.error, error?.message]
  }

  it('changes its handle in the next session answer and its document', async () => {
    const { identity } = agent.com.atproto
    await identity.updateHandle({ handle: 'Alicia.test' })
    const did = agent.assertDid
    expect((await identity.resolveHandle({ handle: 'alicia.test' })).data).toEqual({ did })
    await agent.sessionManager.refreshSession()
    expect(agent.session?.handle).toBe('alicia.test')
    const { data } = await agent.com.atproto.server.getSession()
    expect(data.didDoc).toMatchObject({ alsoKnownAs: ['at://alicia.test'] })
    const { data: resolved } = await identity.resolveIdentity({ identifier: 'alicia.test' })
    expect(resolved).toMatchObject({ did, handle: 'alicia.test', didDoc: data.didDoc })
  })

  it.each([
    ['ab.test', 'InvalidHandle', 'Handle too short'],
    ['a-name-that-is-far-too-long.test', 'InvalidHandle', 'Handle too long'],
    ['two.labels.test', 'InvalidHandle', 'Invalid characters in handle'],
    ['bob.test', 'HandleNotAvailable', 'Handle already taken: bob.test'],
    ['support.test', 'HandleNotAvailable', 'Reserved handle'],
    ['alice.invalid', 'InvalidHandle', 'Handle TLD is invalid or disallowed'],
    ['alice.example.com', 'InvalidRequest', 'External handle did not resolve to DID'],
  ])('is refused %s with %s', async (handle, name, message) => {
    const call = agent.com.atproto.identity.updateHandle({ handle })
    expect(await refusal(call)).toEqual([400, name, message])
  })

  it('gets an error for an unresolvable handle', async () => {
    const resolve = (handle: string) =>
      refusal(agent.com.atproto.identity.resolveHandle({ handle }))
    expect(await resolve('nobody.test')).toEqual([
      400,
      'HandleNotFound',
      'Unable to resolve handle',
    ])
    expect(await resolve('nobody.example.com')).toEqual([
      400,
      'InvalidRequest',
      'Unable to resolve handle',
    ])
  })

  it('gets tokens for other services, within the rules', async () => {
    const { server } = agent.com.atproto
    const aud = 'did:web:feeds.test'
    const lxm = 'app.bsky.feed.getFeedSkeleton'
    const { data } = await server.getServiceAuth({ aud, lxm })
    const [, claims = ''] = data.token.split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: agent.assertDid,
      aud,
      lxm,
    })
    expect(await refusal(server.getServiceAuth({ aud, lxm, exp: 1 }))).toEqual([
      400,
      'BadExpiration',
      'expiration is in past',
    ])
    const guarded = server.getServiceAuth({ aud, lxm: 'com.atproto.identity.updateHandle' })
    expect((await refusal(guarded)).slice(0, 2)).toEqual([400, 'InvalidRequest'])
  })

  it('reserves a key for a future account', async () => {
    const { server } = agent.com.atproto
    const did = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
    const { data } = await server.reserveSigningKey({ did })
    expect(data.signingKey).toMatch(/^did:key:zQ3s/)
    expect((await server.reserveSigningKey({ did })).data).toEqual(data)
    expect((await server.reserveSigningKey({})).data).not.toEqual(data)
  })

  it('gets repository data only from a repository host', async () => {
    const [status] = await refusal(agent.com.atproto.server.checkAccountStatus())
    expect(status).toBe(501)
    const { data } = await agent.com.atproto.identity.getRecommendedDidCredentials()
    expect(data).toMatchObject({
      services: { atproto_pds: { endpoint: harness.url } },
      verificationMethods: { atproto: await harness.accounts.keys.publicKey(agent.assertDid) },
    })
    await agent.com.atproto.server.activateAccount()
  })
})

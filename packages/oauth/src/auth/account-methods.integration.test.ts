import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { todaysMethods } from '@lexwright/account'
import { createServer } from '@lexwright/generated'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createTestApp, type TestApp, type Tokens } from '../testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from '../testing/service.ts'
import { accountMethodRules } from './account-methods.ts'

/** A method of the account module, by the end of its NSID. */
const nsid = (name: string) => `com.atproto.${name}`

describe('the methods of accounts, for apps', () => {
  let database: TestDatabase
  let service: OAuthService
  let did: string
  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({
      db: () => database.db,
      serve: (accounts, oauth) => {
        const server = createServer()
        accounts.register(server, todaysMethods)
        return server.createListener({ middleware: [oauth.middleware] })
      },
    })
    did = await service.create('alice')
  })
  afterAll(async () => {
    await service.close()
    await database.close()
  })

  const logIn = async (scope: string): Promise<{ app: TestApp; tokens: Tokens }> => {
    const app = await createTestApp(service.origin, scope)
    const tokens = await app.logIn({ username: 'alice.test', password: PASSWORD })
    return { app, tokens }
  }

  it('return the email address to apps with that permission', async () => {
    const plain = await logIn('atproto transition:generic')
    const seen = await plain.app.call(nsid('server.getSession'), plain.tokens)
    expect(seen.body).toMatchObject({ did, handle: 'alice.test', active: true })
    expect(seen.body).not.toHaveProperty('email')
    expect(seen.headers.get('dpop-nonce')).toBeTruthy()
    for (const scope of ['atproto transition:email', 'atproto account:email']) {
      const { app, tokens } = await logIn(scope)
      const { body } = await app.call(nsid('server.getSession'), tokens)
      expect(body).toMatchObject({ email: 'alice@example.com', emailConfirmed: false })
    }
  })

  it('require the permission in their rule', async () => {
    const { app, tokens } = await logIn('atproto transition:generic')
    const refused = async (name: string, method = 'POST') => {
      const { status, body } = await app.call(nsid(name), tokens, { method })
      return [status, body.error]
    }
    expect(await refused('identity.updateHandle')).toEqual([403, 'ScopeMissingError'])
    expect(await refused('identity.requestPlcOperationSignature')).toEqual([
      403,
      'ScopeMissingError',
    ])
    expect(await refused('server.requestEmailUpdate')).toEqual([403, 'ScopeMissingError'])
    expect(await refused('server.createAppPassword')).toEqual([403, 'Forbidden'])
    expect(await refused('server.listAppPasswords', 'GET')).toEqual([403, 'Forbidden'])
    const email = await logIn('atproto account:email?action=manage')
    const asked = await email.app.call(nsid('server.requestEmailUpdate'), email.tokens, {
      method: 'POST',
    })
    expect(asked.body).toEqual({ tokenRequired: false })
  })

  it('sign tokens for services that the app may call', async () => {
    const aud = 'did:web:api.example.com%23view'
    const { app, tokens } = await logIn(
      'atproto rpc:com.example.getFeed?aud=did:web:api.example.com%23view',
    )
    const ask = (lxm: string, more = '') =>
      app.call(`${nsid('server.getServiceAuth')}?aud=${aud}${more}&lxm=${lxm}`, tokens)
    const granted = await ask('com.example.getFeed')
    expect([granted.status, typeof granted.body.token]).toEqual([200, 'string'])
    expect((await ask('com.example.getOther')).body.error).toBe('ScopeMissingError')
    const repeated = await ask('com.example.getFeed', '&aud=did:web:other.example.com')
    expect(repeated.body.error).toBe('ScopeMissingError')
  })

  it('each have a rule', () => {
    expect(Object.keys(accountMethodRules).sort()).toEqual([...todaysMethods].sort())
  })
})

import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sql } from 'kysely'
import { createTestApp, type TestApp, type Tokens } from '../testing/app.ts'
import { createTestBrowser } from '../testing/browser.ts'
import { createDpopKey } from '../testing/dpop-key.ts'
import { PASSWORD } from '../testing/service.ts'
import { openTwoProcesses, type Processes } from '../testing/two-processes.ts'

const GET_SESSION = 'com.atproto.server.getSession'
const CREATE_RECORDS = 'com.atproto.server.listAppPasswords'

describe('a call with a token of an app', () => {
  let processes: Processes
  let app: TestApp
  let tokens: Tokens
  const account = { username: 'alice.test', password: PASSWORD }
  beforeAll(async () => {
    processes = await openTwoProcesses()
    await processes.service.create('alice')
    app = await createTestApp(processes.service.origin)
    tokens = await app.logIn(account)
    // Fetches a nonce.
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
  })
  afterAll(() => processes.close())

  it('is accepted once across all processes', async () => {
    const { origin: at, urls } = processes.service
    const answer = await app.call(GET_SESSION, tokens)
    const nonce = answer.headers.get('dpop-nonce') ?? ''
    const htu = `${at}/xrpc/${GET_SESSION}`
    const dpop = await app.key.prove({ htm: 'GET', htu, nonce, token: tokens.access_token })
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        app.call(GET_SESSION, tokens, { dpop, at: urls[n % 2] ?? '' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7)
  })

  it.each([
    ['another method', { htm: 'POST' }],
    ['another address', { htu: 'https://elsewhere.example.com/xrpc/x' }],
    ['another token', { token: 'another' }],
    ['a nonce of somebody else', { nonce: 'made-up' }],
    ['a time long ago', { claims: { iat: 1_000_000_000 } }],
  ])('with a proof for %s is refused', async (_, proof) => {
    const { status, headers } = await app.call(GET_SESSION, tokens, { proof })
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toMatch(/^DPoP /)
    expect(headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
    expect(headers.get('dpop-nonce')).toBeTruthy()
  })

  it('with a proof for another origin is refused, even if the request names that origin', async () => {
    const { origin } = processes.service
    const nonce = (await app.call(GET_SESSION, tokens)).headers.get('dpop-nonce') ?? ''
    const token = tokens.access_token
    const statusOf = async (target: string, htu: string): Promise<number | undefined> => {
      const dpop = await app.key.prove({ htm: 'GET', htu, nonce, token })
      const { hostname, port } = new URL(origin)
      const headers = { authorization: `DPoP ${token}`, dpop }
      const asked = request({ hostname, port, path: target, headers, agent: false }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode
    }
    const own = `${origin}/xrpc/${GET_SESSION}`
    for (const foreign of ['http://elsewhere.example.com', '//elsewhere.example.com']) {
      const target = `${foreign}/xrpc/${GET_SESSION}`
      expect(await statusOf(target, new URL(target, origin).href)).not.toBe(200)
    }
    // A proxy may forward the absolute form.
    expect(await statusOf(own, own)).toBe(200)
  })

  it('without a nonce gets one', async () => {
    const stranger = await createTestApp(processes.service.origin)
    const { status, body, headers } = await stranger.call(GET_SESSION, tokens, {
      dpop: await app.key.prove({
        htm: 'GET',
        htu: `${processes.service.origin}/xrpc/${GET_SESSION}`,
        token: tokens.access_token,
      }),
    })
    expect([status, body.error]).toEqual([401, 'use_dpop_nonce'])
    expect(headers.get('www-authenticate')).toContain('error="use_dpop_nonce"')
  })

  it('with another key, or as a bearer token, is refused', async () => {
    const key = await createDpopKey()
    expect((await app.call(GET_SESSION, tokens, { key })).status).toBe(401)
    const bearer = await app.call(GET_SESSION, tokens, { scheme: 'Bearer' })
    expect([bearer.status, bearer.body.error]).toEqual([400, 'InvalidToken'])
  })

  it('stores nothing for a token that is not valid', async () => {
    const stored = async () => {
      const { rows } = await sql`select hash from lexwright_account.oauth_replay`.execute(
        processes.db,
      )
      return rows.length
    }
    const [header, payload] = tokens.access_token.split('.')
    const before = await stored()
    for (const token of ['x', 'a.b.c', `${header}.${payload}.${'A'.repeat(43)}`]) {
      const { status, body } = await app.call(GET_SESSION, { access_token: token })
      expect([status, body.error]).toEqual([401, 'invalid_token'])
    }
    expect(await stored()).toBe(before)
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    expect(await stored()).toBe(before + 1)
  })

  it('is not accepted as a session, nor a session as an app', async () => {
    const { accessJwt, refreshJwt } = await processes.service.accounts.service.logIn(
      { name: 'alice.test', password: PASSWORD },
      'unlimited',
    )
    const asBearer = (token: string) =>
      app.call(GET_SESSION, { access_token: token }, { scheme: 'Bearer' })
    const asApp = (token: string) => app.call(GET_SESSION, { access_token: token })
    expect((await asBearer(accessJwt)).body).toMatchObject({ type: 'session', scope: 'access' })
    for (const token of [accessJwt, refreshJwt]) expect((await asApp(token)).status).toBe(401)
    expect((await asBearer(refreshJwt)).status).toBe(400)
    expect((await asApp(tokens.refresh_token)).status).toBe(401)

    // The token that a page gets after sign-in is valid for that page only.
    const { service } = processes
    const browser = createTestBrowser(service.origin)
    await browser.open((await app.pushRequest()).path)
    const signedIn = await browser.call('/sign-in', { locale: 'en', ...account })
    const { ephemeralToken } = signedIn.body
    expect((await asBearer(ephemeralToken)).status).toBe(400)
    expect((await asApp(ephemeralToken)).status).toBe(401)
  })

  it('needs the permission required by its method', async () => {
    const cases = [
      ['atproto', 403],
      ['atproto transition:generic', 200],
      ['atproto repo:com.example.post', 200],
      ['atproto repo:com.example.post?action=delete', 403],
      ['atproto repo:com.example.other', 403],
      ['atproto repo:*', 200],
    ] as const
    for (const [scope, expected] of cases) {
      const other = await createTestApp(processes.service.origin, scope)
      const granted = await other.logIn(account)
      const { status, body } = await other.call(CREATE_RECORDS, granted)
      expect([scope, status]).toEqual([scope, expected])
      if (expected === 403) expect(body.error).toBe('ScopeMissingError')
      expect((await other.call(GET_SESSION, granted)).status).toBe(200)
    }
  })

  it('cannot be registered without a rule', () => {
    const [server] = processes.service.servers
    // @ts-expect-error it has no `authorize`
    expect(() => server?.auth.method({})).toThrow(TypeError)
  })
})

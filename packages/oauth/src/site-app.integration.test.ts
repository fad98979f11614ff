import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, locationOf, type TestApp } from './testing/app.ts'
import { createTestBrowser, type TestBrowser } from './testing/browser.ts'
import { PASSWORD } from './testing/service.ts'
import { createSiteApp, credentialsOf, type SiteApp } from './testing/site-app.ts'
import { openProcesses, type Processes } from './testing/two-processes.ts'

const GET_SESSION = 'com.atproto.server.getSession'
const SCOPE = 'atproto transition:generic transition:email'

describe('an app that authenticates with a key', () => {
  let processes: Processes
  let site: SiteApp
  let app: TestApp
  const account = { username: 'alice.test', password: PASSWORD }
  beforeAll(async () => {
    site = await createSiteApp(() => processes.service.origin, SCOPE)
    processes = await openProcesses({ oauth: { safeFetch: site.fetch } })
    await processes.service.create('alice')
    for (const name of ['bob', 'carol']) await processes.service.create(name)
    app = await createTestApp(processes.service.origin, SCOPE, { identity: site })
  })
  afterAll(() => processes.close())
  beforeEach(() => site.use('first'))

  it('logs in, calls, refreshes and logs out', async () => {
    let tokens = await app.logIn(account)
    for (let refresh = 0; refresh < 3; refresh++) {
      expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
      const { status, body } = await app.refresh(tokens.refresh_token)
      expect(status).toBe(200)
      tokens = body
    }
    expect((await app.revoke(tokens.refresh_token)).status).toBe(200)
    expect((await app.call(GET_SESSION, tokens)).status).toBe(401)
  })

  it('is refused without a fresh assertion for this server, and keeps its session', async () => {
    const tokens = await app.logIn(account)
    const { origin } = processes.service
    const used = await site.assertion({ aud: origin })
    await app.pushRequest(credentialsOf(used))
    site.use('unpublished')
    const stranger = await site.assertion({ aud: origin })
    site.use('first')
    const elsewhere = await site.assertion({ aud: 'https://elsewhere.example.com' })
    for (const assertion of [used, stranger, elsewhere, '']) {
      const credentials = credentialsOf(assertion)
      await expect(app.pushRequest(credentials)).rejects.toThrow(/PAR was answered 40[01]/)
      const refused = await app.refresh(tokens.refresh_token, { credentials })
      expect([400, 401]).toContain(refused.status)
    }
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200)
  })

  it('keeps the key of a session, and uses its next key for new ones', async () => {
    const [kept, moved] = [await app.logIn(account), await app.logIn(account)]
    site.use('second')
    const begun = await app.logIn(account)
    expect((await app.refresh(begun.refresh_token)).status).toBe(200)
    expect((await app.refresh(moved.refresh_token)).body.error).toBe('invalid_grant')
    expect((await app.call(GET_SESSION, moved)).status).toBe(401)
    site.use('first')
    expect((await app.refresh(kept.refresh_token)).status).toBe(200)
  })

  describe('gets no scope without consent', () => {
    const all = 'atproto transition:generic'
    /** Requests an authorization without showing a page. */
    const askSilently = async (browser: TestBrowser, name: string, scope: string) => {
      const hint = `${name}.test`
      const request = await app.pushRequest({ scope, prompt: 'none', login_hint: hint })
      const location = await locationOf(browser, `${processes.service.origin}${request.path}`)
      const { error, code } = Object.fromEntries(location.searchParams)
      if (code === undefined) return error
      return (await app.exchange(request, code)).body.scope
    }
    /** Logs in and grants these scopes. */
    const logIn = async (browser: TestBrowser, name: string, scope: string) => {
      const request = await app.pushRequest({ scope: all })
      const signIn = { username: `${name}.test`, password: PASSWORD, remember: true, scope }
      return (await app.exchange(request, await app.signIn(request, signIn, browser))).body
    }

    it('when a user deselects scopes', async () => {
      const browser = createTestBrowser(processes.service.origin)
      const narrowed = await logIn(browser, 'bob', 'atproto')
      expect(narrowed.scope).toBe('atproto')
      expect((await app.refresh(narrowed.refresh_token)).body.scope).toBe('atproto')
      expect(await askSilently(browser, 'bob', all)).toBe('consent_required')
      expect(await askSilently(browser, 'bob', 'atproto')).toBe('atproto')
    })

    it('when a page sends scopes that the app did not request', async () => {
      const browser = createTestBrowser(processes.service.origin)
      expect((await logIn(browser, 'carol', SCOPE)).scope).toBe(all)
      expect(await askSilently(browser, 'carol', all)).toBe(all)
      expect(await askSilently(browser, 'carol', SCOPE)).toBe('consent_required')
    })

    it('when a user is signed in to another account', async () => {
      const browser = createTestBrowser(processes.service.origin)
      await logIn(browser, 'alice', all)
      const bob = await processes.service.accounts.service.resolveHandle('bob.test')
      const { path } = await app.pushRequest({ scope: all })
      await browser.open(path)
      const signedIn = await browser.call('/sign-in', { locale: 'en', ...account })
      const refused = await browser.call('/consent', { did: bob }, signedIn.body.ephemeralToken)
      expect(JSON.stringify(refused.body)).not.toContain('code=')
    })
  })
})

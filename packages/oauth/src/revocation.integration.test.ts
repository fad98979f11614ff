import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sql } from 'kysely'
import { createTestApp, locationOf, type TestApp } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { type OAuthService, PASSWORD } from './testing/service.ts'
import { openProcesses, type Processes } from './testing/two-processes.ts'

const GET_SESSION = 'com.atproto.server.getSession'

describe('access of apps and browsers', () => {
  let processes: Processes
  let service: OAuthService
  let app: TestApp
  beforeAll(async () => {
    processes = await openProcesses()
    service = processes.service
    app = await createTestApp(service.origin)
  })
  afterAll(() => processes.close())

  it.each([
    ['renewal', (did: string) => service.accounts.operator.setPassword(did, 'another password')],
    ['takedown', (did: string) => service.accounts.operator.disableAccount(did)],
    ['removal', (did: string) => service.accounts.operator.deleteAccount(did)],
  ])(
    'ends at once with a %s of the password or the account, pending sign-ins included',
    async (name, end) => {
      const did = await service.create(name)
      const account = { username: `${name}.test`, password: PASSWORD }
      const tokens = await app.logIn(account)
      const pending = await app.pushRequest()
      const code = await app.signIn(pending, account)
      const remembering = createTestBrowser(service.origin)
      await app.signIn(await app.pushRequest(), { ...account, remember: true }, remembering)
      const halfway = await app.pushRequest()
      const browser = createTestBrowser(service.origin)
      await browser.open(halfway.path)
      const signedIn = await browser.call('/sign-in', { locale: 'en', ...account })
      expect(signedIn.status).toBe(200)

      await end(did)

      expect((await app.call(GET_SESSION, tokens)).status).toBe(401)
      expect((await app.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
      expect((await app.exchange(pending, code)).body.error).toBe('invalid_grant')
      const { body } = await browser.call('/consent', { did }, signedIn.body.ephemeralToken)
      expect(new URL(body.url).searchParams.get('code')).toBeNull()
      await remembering.open('/account')
      expect((await remembering.call('/device-sessions')).body).toEqual([])
      expect((await remembering.call(`/oauth-sessions?did=${did}`)).status).not.toBe(200)

      if (name === 'takedown') {
        await expect(app.logIn(account)).rejects.toThrow('taken down')
        const bearer = signedIn.body.ephemeralToken
        const revived = await browser.call('/reactivate-account', { did }, bearer)
        expect(revived.status).not.toBe(200)
        await service.accounts.operator.enableAccount(did)
      }
      if (name === 'removal') await service.accounts.operator.restoreAccount(did)
      expect((await app.call(GET_SESSION, tokens)).status).toBe(401)
      expect((await app.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
    },
  )

  it('stops a sign-in from before a reset from changing the account', async () => {
    const did = await service.create('halfway')
    const browser = createTestBrowser(service.origin)
    await browser.open((await app.pushRequest()).path)
    const signedIn = await browser.call('/sign-in', {
      locale: 'en',
      username: 'halfway.test',
      password: PASSWORD,
    })
    const change = () =>
      browser.call(
        '/update-email-confirm',
        { did, email: 'thief@example.com' },
        signedIn.body.ephemeralToken,
      )
    await service.accounts.operator.setPassword(did, 'another password')
    expect((await change()).status).not.toBe(200)
    expect((await service.accounts.service.get(did)).email).toBe('halfway@example.com')
  })

  it('leaves deactivated accounts signed in, but refuses methods for active ones', async () => {
    const did = await service.create('pausing')
    const tokens = await app.logIn({ username: 'pausing.test', password: PASSWORD })
    await service.accounts.service.deactivateAccount({ did })
    expect((await app.call(GET_SESSION, tokens)).body.error).toBe('AccountDeactivated')
    expect((await app.call('com.atproto.server.getAccountInviteCodes', tokens)).status).toBe(200)
    const { status, body } = await app.refresh(tokens.refresh_token)
    expect(status).toBe(200)
    await service.accounts.service.activateAccount(did)
    expect((await app.call(GET_SESSION, body)).status).toBe(200)
  })

  it('follows consent: grants and stored scopes do not exceed it', async () => {
    const did = await service.create('narrow')
    const account = { username: 'narrow.test', password: PASSWORD }
    const pending = await app.pushRequest()
    const code = await app.signIn(pending, { ...account, scope: 'atproto' })
    const { body } = await app.exchange(pending, code)
    expect(body.scope).toBe('atproto')
    const listed = await app.call('com.atproto.server.listAppPasswords', body)
    expect([listed.status, listed.body.error]).toEqual([403, 'ScopeMissingError'])
    const { rows } = await sql<{ scopes: string[] }>`select scopes from
      lexwright_account.oauth_authorized_client where did = ${did}`.execute(processes.db)
    // Apps on a loopback address cannot be told apart, so nothing is remembered of them.
    expect(rows).toEqual([])
  })

  it('limits a request to one browser and one consent', async () => {
    const did = await service.create('opened')
    const pending = await app.pushRequest()
    const [mine, other] = [createTestBrowser(service.origin), createTestBrowser(service.origin)]
    await mine.open(pending.path)
    const refused = await other.open(pending.path)
    expect(refused.status).toBe(303)
    const account = { locale: 'en', username: 'opened.test', password: PASSWORD }
    const { ephemeralToken } = (await mine.call('/sign-in', account)).body
    const consents = await Promise.all(
      Array.from({ length: 4 }, () => mine.call('/consent', { did }, ephemeralToken)),
    )
    const codes = consents.filter(({ body }) =>
      new URL(body.url ?? service.origin).searchParams.has('code'),
    )
    expect(codes).toHaveLength(1)
    const location = await locationOf(mine, codes[0]?.body.url)
    const code = location.searchParams.get('code') ?? ''
    expect((await app.exchange(pending, code)).status).toBe(200)
  })

  it('leaves no usable secrets in the database', async () => {
    const did = await service.create('copied')
    const account = { username: 'copied.test', password: PASSWORD }
    const browser = createTestBrowser(service.origin)
    const remembered = { ...account, remember: true }
    const code = await app.signIn(await app.pushRequest(), remembered, browser)
    const first = await app.logIn(account)
    const { body: second } = await app.refresh(first.refresh_token)
    await browser.open((await app.pushRequest()).path)
    const signedIn = await browser.call('/sign-in', { locale: 'en', ...account })

    const { rows: tables } = await sql<{ name: string }>`select table_name as name
      from information_schema.tables where table_schema = 'lexwright_account'`.execute(processes.db)
    const dumps = await Promise.all(
      tables.map(async ({ name }) => {
        const { rows } = await sql<{ row: string }>`
          select t::text as row from ${sql.table(`lexwright_account.${name}`)} t`.execute(
          processes.db,
        )
        return { name, text: rows.map(({ row }) => row).join('\n') }
      }),
    )
    const used = dumps.filter(({ name, text }) => name.startsWith('oauth_') && text !== '')
    // All but permission sets and consents for loopback apps, which are not stored.
    expect(used).toHaveLength(7)
    const dump = dumps.map(({ text }) => text).join('\n')
    const cookies = ['dev-id', 'ses-id'].map((name) => browser.cookies.get(name) ?? '')
    const [id = '', session = ''] = cookies.map((cookie) => cookie.split('.')[0] ?? '')
    for (const known of [did, id, session]) expect(dump).toContain(known)
    const secrets = [first, second].flatMap((tokens) => [tokens.access_token, tokens.refresh_token])
    for (const secret of [...secrets, ...cookies, code, signedIn.body.ephemeralToken, PASSWORD]) {
      expect(secret).toBeTruthy()
      expect(dump).not.toContain(secret)
    }
    expect(dump).not.toMatch(/\b(cod|ref)-[0-9a-f]{8}/)

    const [, signature = ''] = cookies[0]?.split('.') ?? []
    expect(signature).toHaveLength(43)
    const forged = createTestBrowser(service.origin)
    for (const attempt of [
      id,
      `${id}.${signature.replace(/^./, '!')}`,
      `${id}.${'A'.repeat(43)}`,
    ]) {
      forged.cookies.set('dev-id', attempt)
      forged.cookies.set('ses-id', session)
      await forged.open('/account')
      expect(forged.cookies.get('dev-id')?.split('.')[0]).not.toBe(id)
    }
    // Spellings that cookie libraries accept.
    for (const [before, after] of [
      [' ', ' '],
      ['\t', ''],
      ['', '\t'],
      ['', ' '],
    ]) {
      const spaced = createTestBrowser(service.origin)
      spaced.cookies.set('first', '1')
      spaced.cookies.set(`${before}dev-id${after}`, id)
      spaced.cookies.set(`${before}ses-id${after}`, session)
      await spaced.open('/account')
      expect(spaced.cookies.get('dev-id')?.split('.')[0]).not.toBe(id)
    }
  })

  it('can be ended by the operator', async () => {
    await service.create('watched')
    const browser = createTestBrowser(service.origin)
    const account = { username: 'watched.test', password: PASSWORD, remember: true }
    const pending = await app.pushRequest()
    const code = await app.signIn(pending, account, browser)
    const { body } = await app.exchange(pending, code)
    const [server] = service.servers
    if (server === undefined) throw new Error('There is none')
    const { operator } = server
    expect(await operator.listApps('watched.test')).toMatchObject([
      { clientId: app.clientId, scope: 'atproto transition:generic' },
    ])
    expect(await operator.listBrowsers('watched.test')).toMatchObject([
      { userAgent: 'test browser', ipAddress: '127.0.0.1' },
    ])
    expect(await operator.revokeApps('watched.test')).toBe(1)
    expect(await operator.forgetBrowsers('watched.test')).toBe(1)
    expect((await app.call(GET_SESSION, body)).status).toBe(401)
    expect((await browser.call('/device-sessions')).body).toEqual([])
    expect(await operator.listApps('watched.test')).toEqual([])
  })
})

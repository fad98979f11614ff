import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountModule } from '@lexwright/account'
import { openAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { sweepOAuth } from './sweep.ts'
import { createTestBrowser } from './testing/browser.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'
import { openProcesses, type Processes } from './testing/two-processes.ts'

describe('strangers', () => {
  let processes: Processes
  let service: OAuthService
  const errors: object[] = []
  beforeAll(async () => {
    const few = { points: 6, window: 300 }
    processes = await openProcesses({
      policy: { inviteRequired: true },
      accounts: {
        logger: { info: () => {}, warn: () => {}, error: (fields) => void errors.push(fields) },
        rateLimits: {
          wait: async () => {},
          // Each test browser has its own address.
          clientAddress: (req) => req.headers['user-agent'],
          limits: { authorizationRequest: few, tokenRequest: few, authorizationPage: few },
        },
      },
    })
    service = processes.service
  })
  afterAll(() => processes.close())

  const rows = async (table: string): Promise<number> => {
    const found = await sql<{
      n: number
    }>`select count(*)::int as n from ${sql.id('lexwright_account', table)}`.execute(processes.db)
    return found.rows[0]?.n ?? -1
  }

  it.each(['/oauth/par', '/oauth/token', '/oauth/revoke'])('are limited at %s', async (path) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        fetch(`${service.origin}${path}`, { method: 'POST', headers: { 'user-agent': path } }),
      ),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(4)
    expect(await refused[0]?.json()).toMatchObject({ error: 'rate_limit_exceeded' })
    expect(refused[0]?.headers.get('retry-after')).toBeTruthy()
    expect(refused[0]?.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('leave small rows', async () => {
    const userAgent = `long ${'x'.repeat(8_000)}`
    const browser = createTestBrowser(service.origin, { userAgent })
    for (let n = 0; n < 2; n++) expect((await browser.open('/account')).status).toBe(200)
    const { rows: lengths } = await sql`select length(user_agent) as n
      from lexwright_account.oauth_device where user_agent like 'long %'`.execute(processes.db)
    expect(lengths).toEqual([{ n: 512 }])
  })

  it('cause no errors in the log by invalid input', async () => {
    const browser = createTestBrowser(service.origin)
    await browser.open('/account')
    const input = { locale: 'en', handle: 'not valid', email: 'x', password: PASSWORD }
    expect((await browser.call('/sign-up', input)).status).toBe(400)
    expect(errors).toEqual([])
  })

  it('are limited in page views but not in requests of the pages', async () => {
    const browser = createTestBrowser(service.origin)
    const seen: number[] = []
    for (let n = 0; n < 9; n++) seen.push((await browser.open('/account')).status)
    expect(new Set(seen)).toEqual(new Set([200, 429]))
    const { headers } = await fetch(`${service.origin}/.well-known/oauth-authorization-server`)
    expect(headers.get('retry-after')).toBeNull()
  })

  it('leave no rows after a day', async () => {
    await sql`insert into lexwright_account.oauth_request (id, client_id, parameters, expires_at)
      select 'req-' || n, 'x', '{}', now() + interval '5 minutes' from generate_series(1, 10000) n`.execute(
      processes.db,
    )
    await sql`insert into lexwright_account.oauth_device (id, session_id, ip_address, last_seen_at)
      select 'dev-' || n, 'x', 'y', now() from generate_series(1, 10000) n`.execute(processes.db)
    const [server] = service.servers
    await server?.runDueJobs()
    expect(await rows('oauth_request')).toBeGreaterThan(9_999)
    await sql`update lexwright_account.oauth_request set expires_at = expires_at - interval '25 hours'`.execute(
      processes.db,
    )
    await sql`update lexwright_account.oauth_device set last_seen_at = last_seen_at - interval '25 hours'`.execute(
      processes.db,
    )
    await server?.runDueJobs()
    expect([await rows('oauth_request'), await rows('oauth_device')]).toEqual([0, 0])
  })

  it('leave no rows after the authorization server was turned off', async () => {
    await sql`insert into lexwright_account.oauth_request (id, client_id, parameters, expires_at)
      values ('req-old', 'x', '{}', now() - interval '1 day')`.execute(processes.db)
    await sweepOAuth(service.accounts)
    expect(await rows('oauth_request')).toBe(0)

    const bare = await openAccountDatabase()
    const accounts = createAccountModule({ ...(await testModuleOptions()), db: bare.db })
    await accounts.migrate()
    await sweepOAuth(accounts)
    await bare.close()
  })

  it('leave three months of used refresh tokens, however long a session lasts', async () => {
    const { did } = await service.accounts.operator.createAccount({
      handle: 'refreshing.test',
      email: 'refreshing@example.com',
      password: PASSWORD,
    })
    await sql`with session as (
      insert into lexwright_account.oauth_token (token_id, did, epoch, client_id, client_auth, parameters,
        scope, created_at, updated_at, expires_at)
      select 'tok-1', did, session_epoch, 'x', '{}', '{}', 'atproto', now() - interval '1 year', now(), now()
      from lexwright_account.account where did = ${did} returning id)
      insert into lexwright_account.oauth_used_refresh_token (hash, token, used_at)
      select n, id, now() - n * interval '1 hour' from session, generate_series(1, 8760) n`.execute(
      processes.db,
    )
    await service.servers[0]?.runDueJobs()
    expect(await rows('oauth_token')).toBe(1)
    expect(Math.ceil((await rows('oauth_used_refresh_token')) / 24)).toBe(93)
  })

  it('create accounts by the rules of the account module: an invite admits one of many', async () => {
    const code = await service.accounts.service.createInviteCode({
      useCount: 1,
      createdBy: 'admin',
    })
    let callers = 0
    const signUp = async (name: string, inviteCode?: string) => {
      const browser = createTestBrowser(service.origin, { userAgent: `192.0.2.${callers++}` })
      await browser.open('/account')
      return await browser.call('/sign-up', {
        ...{ locale: 'en', handle: `${name}.test`, email: `${name}@example.com` },
        password: PASSWORD,
        ...(inviteCode !== undefined && { inviteCode }),
      })
    }
    expect((await signUp('uninvited')).status).toBe(400)
    // The pages recognize this refusal by its text.
    expect((await signUp('uninvited', 'no-such-code')).body).toMatchObject({
      error: 'invalid_request',
      error_description: 'This invite code is invalid.',
    })
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, n) => signUp(`invited${n}`, code)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.find(({ status }) => status === 200)?.body.account).toMatchObject({
      pds: 'did:web:pds.test',
      emailVerified: false,
    })
  })
})

describe('a service without sign-up', () => {
  it('refuses all sign-ups, and mails a second factor to accounts that have one', async () => {
    const database = await openAccountDatabase()
    const service = await openOAuthService({ db: () => database.db, oauth: { signUp: false } })
    const browser = createTestBrowser(service.origin)
    await browser.open('/account')
    const refused = await browser.call('/sign-up', {
      ...{ locale: 'en', handle: 'new.test', email: 'new@example.com', password: PASSWORD },
    })
    expect(refused.status).toBe(400)
    await expect(service.accounts.service.resolveHandle('new.test')).rejects.toThrow()

    const did = await service.create('careful')
    await sql`update lexwright_account.account set email_confirmed_at = now(), email_auth_factor = true
      where did = ${did}`.execute(database.db)
    const account = { locale: 'en', username: 'careful.test', password: PASSWORD }
    const asked = await browser.call('/sign-in', account)
    expect([asked.status, asked.body]).toMatchObject([
      401,
      { error: 'second_authentication_factor_required', type: 'emailOtp' },
    ])
    await service.accounts.runDueJobs()
    const mail = service.mailbox.messages.at(-1)?.text ?? ''
    const emailOtp = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(mail)?.[0] ?? ''
    expect((await browser.call('/sign-in', { ...account, emailOtp: 'AAAAA-AAAAA' })).status).toBe(
      400,
    )
    expect((await browser.call('/sign-in', { ...account, emailOtp })).status).toBe(200)
    expect((await browser.call('/sign-in', { ...account, emailOtp })).status).toBe(400)
    await service.close()
    await database.close()
  })
})

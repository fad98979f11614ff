import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type Browser,
  hasBrowser,
  openBrowser,
  type Page,
  seriousFaults,
} from '@lexwright/testing/third-party/browser'
import { sql } from 'kysely'
import { createTestApp, type TestApp } from './testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'

/** Width of a phone's screen, in CSS pixels. */
const PHONE = 390

const run = hasBrowser('pages.network.test.ts') ? describe : describe.skip

run('the pages of the authorization server, in Chromium', () => {
  let database: TestDatabase
  let service: OAuthService
  let app: TestApp
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({
      db: () => database.db,
      policy: { inviteRequired: true },
      oauth: { branding: { name: 'Bergamot', colors: { primary: '#0a5c7a' } } },
    })
    app = await createTestApp(service.origin)
    await create('alice')
    browser = await openBrowser({ javaScriptEnabled: true, width: PHONE })
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser.close()
    await service.close()
    await database.close()
  })
  beforeEach(async () => {
    await page.context().clearCookies()
  })

  const newInvite = () =>
    service.accounts.service.createInviteCode({ useCount: 1, createdBy: 'admin' })
  const create = async (name: string): Promise<string> => {
    const account = { handle: `${name}.test`, email: `${name}@example.com`, password: PASSWORD }
    const request = { ...account, inviteCode: await newInvite() }
    return (await service.accounts.service.create(request, 'unlimited')).did
  }
  const field = (name: string) => page.locator(`input[name=${name}]`)
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  const told = (hasText: RegExp) => page.getByRole('alert').filter({ hasText }).waitFor()
  const openRequest = async (origin = service.origin) => {
    const { path } = await app.pushRequest()
    await page.goto(`${origin}${path}`)
  }
  const signIn = async (name: string) => {
    await openRequest()
    await press('Sign in')
    await field('username').fill(`${name}.test`)
    await field('password').fill(PASSWORD)
    await press('Sign in')
  }
  const chooseHandle = async (name: string) => {
    await field('handle').fill(name)
    await press('Next')
  }
  const signUp = async (email: string, invite: string) => {
    await field('inviteCode').fill(invite)
    await field('email').fill(email)
    await field('password').fill(PASSWORD)
    await press('Sign up')
  }

  /** Expects no serious axe violation in the present page, on phone and desktop screens, light and dark. */
  async function expectAccessible(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      for (const width of [1280, PHONE]) {
        await page.setViewportSize({ width, height: 850 })
        const faults = await seriousFaults(page)
        expect([name, colorScheme, width, faults]).toEqual([name, colorScheme, width, []])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      }
    }
  }

  it('have no serious axe violations, on phones and desktops, light and dark', async () => {
    const policyErrors: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) policyErrors.push(message.text())
    })
    await openRequest()
    await page.getByText('Bergamot').first().waitFor()
    await expectAccessible('welcome')
    await press('Create a new account')
    await field('handle').waitFor()
    await expectAccessible('sign-up')
    await chooseHandle('alice')
    await told(/already in use/)
    await expectAccessible('sign-up with a refusal')
    await chooseHandle('erin')
    await field('email').waitFor()
    await expectAccessible('sign-up, second step')
    await openRequest()
    await press('Sign in')
    await field('password').waitFor()
    await expectAccessible('sign-in')
    await page.getByRole('checkbox').check()
    await field('username').fill('alice.test')
    await field('password').fill(PASSWORD)
    await press('Sign in')
    await page.getByRole('button', { name: /authorize/i }).waitFor()
    await expectAccessible('consent')
    await openRequest()
    await page.getByText('alice.test').first().waitFor()
    await expectAccessible('choice of accounts')
    await page.goto(`${service.origin}/account`)
    await page.getByText('alice.test').first().waitFor()
    await expectAccessible('account')
    await page.goto(`${service.origin}/account/u/alice.test/manage`)
    await page.getByRole('button', { name: 'Deactivate account' }).waitFor()
    await expectAccessible('settings')
    await press('Deactivate account')
    await page.getByRole('dialog').waitFor()
    await expectAccessible('deactivation')
    await page.goto(`${service.origin}/oauth/authorize?client_id=none&request_uri=none`)
    await page.getByRole('button').first().waitFor()
    await expectAccessible('error')
    expect(policyErrors).toEqual([])
  }, 300_000)

  it('state their language', async () => {
    await openRequest()
    await page.locator('html[lang=en]').waitFor()
    await page.getByRole('combobox', { name: 'Language' }).click()
    await page.getByRole('option', { name: 'Français' }).click()
    await page.locator('html[lang=fr]').waitFor()
    await page.getByRole('combobox', { name: 'Langue', exact: true }).waitFor()
  })

  it('create an account: an unavailable handle is reported beside its field, and an invite works once', async () => {
    const { service: accounts } = service.accounts
    const invite = await newInvite()
    await openRequest()
    await press('Create a new account')
    await chooseHandle('alice')
    await told(/already in use/)
    await chooseHandle('carol')
    await signUp('carol@example.com', 'pds-test-aaaaa-aaaaa')
    await told(/invite code is not valid/)
    await signUp('alice@example.com', invite)
    await told(/email is already used/)
    await signUp('carol@example.com', invite)
    await page.getByRole('button', { name: /authorize/i }).waitFor()
    expect(await accounts.resolveHandle('carol.test')).toMatch(/^did:/)

    await page.context().clearCookies()
    await openRequest()
    await press('Create a new account')
    await chooseHandle('dave')
    await signUp('dave@example.com', invite)
    await told(/invite code is not valid/)
    await expect(accounts.resolveHandle('dave.test')).rejects.toThrow()
  })

  it('do not create one if sign-up is turned off', async () => {
    const closed = await openOAuthService({ db: () => database.db, oauth: { signUp: false } })
    const { path } = await (await createTestApp(closed.origin)).pushRequest()
    await page.goto(`${closed.origin}${path}`)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await page.getByRole('button', { name: 'Create a new account' }).count()).toBe(0)
    await closed.close()
  })

  it('require the mailed code if the owner has turned the second factor on', async () => {
    const did = await create('careful')
    await sql`update lexwright_account.account set email_confirmed_at = now(), email_auth_factor = true
      where did = ${did}`.execute(database.db)
    await signIn('careful')
    await field('otp').waitFor()
    await expectAccessible('second factor')
    await service.accounts.runDueJobs()
    await field('otp').fill('AAAAA-AAAAA')
    await press('Confirm')
    await told(/invalid/)
    const mail = service.mailbox.messages.at(-1)?.text ?? ''
    await field('otp').fill(/[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(mail)?.[0] ?? '')
    await press('Confirm')
    await page.getByRole('button', { name: /authorize/i }).waitFor()
  })

  it('refuse the owner of a taken-down account', async () => {
    const did = await create('gone')
    await service.accounts.operator.disableAccount(did)
    await signIn('gone')
    await told(/invalid/)
  })
})

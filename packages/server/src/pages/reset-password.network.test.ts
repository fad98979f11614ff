import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { freePort } from '@lexwright/testing/network/free-port'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import {
  type Browser,
  type BrowserContext,
  hasBrowser,
  inaccessible,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { simpleParser } from 'mailparser'
import { type ServerHere, startHere } from '../testing/start-here.ts'

const EMAIL = 'alice@example.com'
/** Avoids the delay of repeated mails to an account. */
const BYPASS_KEY = 'bypass for the tests of the page'

let data: string
let database: PostgresDatabase
let server: ServerHere
let client: AtpBaseClient

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  database = await createAccountDatabase()
  server = await startHere({
    PDS_DATA_DIRECTORY: data,
    PDS_DB_POSTGRES_URL: database.url,
    PDS_LOG_LEVEL: 'debug',
    PDS_SERVICE_NAME: 'Bergamot & <Friends>',
    PDS_RATE_LIMIT_BYPASS_KEY: BYPASS_KEY,
  })
  client = new AtpBaseClient(server.url)
  await client.com.atproto.account.create({
    handle: 'alice.test',
    email: EMAIL,
    password: 'correct horse battery',
  })
}, 60_000)
afterAll(async () => {
  await server.close()
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

/** The link in a new reset mail, requested with forged host headers. */
async function mailedLink(): Promise<URL> {
  const directory = join(data, 'mail')
  await rm(directory, { recursive: true, force: true })
  await fetch(`${server.url}/xrpc/com.atproto.account.requestPasswordReset`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-host': 'evil.example',
      'x-ratelimit-bypass': BYPASS_KEY,
    },
    body: JSON.stringify({ email: EMAIL }),
  })
  for (;;) {
    await delay(20)
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.endsWith('.eml')) continue
      const { text } = await simpleParser(await readFile(join(directory, name)))
      const link = /^http\S+#\S+$/m.exec(text ?? '')?.[0]
      if (link !== undefined) return new URL(link)
    }
  }
}

const tokenOf = (link: URL): string => link.hash.slice(1)

const logsIn = async (password: string): Promise<boolean> =>
  await client.com.atproto.session
    .create({ handle: 'alice.test', password })
    .then(() => true)
    .catch(() => false)

const page = () => `${server.url}/reset-password`

const submit = (fields: Record<string, string> | string, init: RequestInit = {}) =>
  fetch(page(), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
    ...init,
  })

describe('the page for a new password', () => {
  it('is what mails link to, by its configured address', async () => {
    const link = await mailedLink()
    expect(link.href).toMatch(new RegExp(`^${server.url}/reset-password#[a-z2-7]{5}-[a-z2-7]{5}$`))
  })

  it('loads nothing, runs one script, and cannot be framed, cached or leaked', async () => {
    const response = await fetch(`${page()}?token=abcde-23456`)
    expect(response.status).toBe(200)
    const { headers } = response
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/]+='; style-src 'sha256-[\w+/]+='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(Object.fromEntries(headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    })
    expect(headers.get('set-cookie')).toBeNull()
    const text = await response.text()
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(text).not.toMatch(/src=|https?:|style=/)
    expect(text.match(/<script/g)).toHaveLength(1)
  })

  it('escapes all values', async () => {
    const nasty = `"><script>alert(1)</script>`
    const text = await (await fetch(`${page()}?token=${encodeURIComponent(nasty)}`)).text()
    expect(text).not.toContain('<script>alert')
    expect(text).toContain('Bergamot &amp; &lt;Friends&gt;')
    for (const query of ['?token[]=a', '?token=a&token=b', '?token[x]=y', '?%', '']) {
      expect((await fetch(page() + query)).status).toBe(200)
    }
  })

  it('changes the password once, and only when submitted', async () => {
    const token = tokenOf(await mailedLink())
    // Mail programs may open links before users do.
    await fetch(`${page()}?token=${token}`)
    await fetch(`${page()}?token=${token}`, { method: 'HEAD' })
    const password = 'a wholly new password'
    const done = await submit({ token: ` ${token.toUpperCase()} `, password, repeated: password })
    expect([done.status, done.headers.get('location')]).toEqual([303, '/reset-password/done'])
    expect(await logsIn(password)).toBe(true)
    const again = await submit({ token, password: 'yet another one', repeated: 'yet another one' })
    expect(again.status).toBe(400)
    expect(await again.text()).toContain('was already used')
    expect(await logsIn(password)).toBe(true)
  })

  it('explains a refused password, and keeps the code', async () => {
    const token = tokenOf(await mailedLink())
    const differing = await submit({ token, password: 'one of a kind', repeated: 'another kind' })
    expect(differing.status).toBe(400)
    expect(await differing.text()).toContain('The two passwords differ.')
    const common = await submit({ token, password: 'password1', repeated: 'password1' })
    expect(common.status).toBe(400)
    const text = await common.text()
    expect(text).toContain('Password is too common.')
    expect(text).toContain(`value="${token}"`)
    expect(text).not.toContain('password1')
    const password = 'now a good password'
    expect((await submit({ token, password, repeated: password })).status).toBe(303)
  })

  it.each([
    ['nothing', ''],
    ['fields twice', 'token=a&token=b&password=c&password=d'],
    ['names of prototypes', '__proto__=x&constructor=y&token[toString]=z'],
    ['halves of characters', 'token=%ED%A0%80&password=%00%00%00%00%00%00%00%00'],
    ['broken escapes', 'token=%&password=%E0%A4%A'],
  ])('answers 400 to %s', async (_, body) => {
    const response = await submit(body)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('Choose a new password')
  })

  it('refuses other methods, types and sizes', async () => {
    const put = await fetch(page(), { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    const json = await fetch(page(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"token":"abcde-23456","password":"a good password"}',
    })
    expect(json.status).toBe(400)
    expect((await submit({ token: 'x'.repeat(20_000) })).status).toBe(413)
  })

  it('keeps codes and passwords out of the log', async () => {
    const token = tokenOf(await mailedLink())
    await fetch(`${page()}?token=${token}`)
    const password = 'never in any log'
    await submit({ token, password, repeated: password })
    const before = server.log().length
    await fetch(`${server.url}/last`)
    while (!server.log().slice(before).includes('"/last"')) await delay(10)
    expect(server.log()).toContain('"path":"/reset-password"')
    expect(server.log()).not.toContain(token)
    expect(server.log()).not.toContain('never in any')
  })

  it('counts against the same limit as the method', async () => {
    const limited = await startHere({
      PDS_DATA_DIRECTORY: data,
      PDS_DB_POSTGRES_URL: database.url,
      PDS_DB_POSTGRES_SCHEMA: 'limited',
      PDS_RATE_LIMITS: 'reset=3/60',
    })
    const fields = { token: 'aaaaa-aaaaa', password: 'a good password' }
    const method = `${limited.url}/xrpc/com.atproto.account.resetPassword`
    await fetch(method, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    })
    const body = new URLSearchParams({ ...fields, repeated: fields.password })
    const send = () => fetch(`${limited.url}/reset-password`, { method: 'POST', body })
    expect([(await send()).status, (await send()).status]).toEqual([400, 400])
    const refused = await send()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).toContain('Too many attempts')
    await limited.close()
  }, 60_000)
})

describe('without a service page', () => {
  it('is not there when people choose passwords elsewhere', async () => {
    const elsewhere = await startHere({
      PDS_DATA_DIRECTORY: data,
      PDS_DB_POSTGRES_URL: database.url,
      PDS_PASSWORD_RESET_URL: 'https://app.example.com/reset',
    })
    expect((await fetch(`${elsewhere.url}/reset-password`)).status).toBe(404)
    expect((await fetch(`${elsewhere.url}/mail/forgot-password`)).status).toBe(200)
    await elsewhere.close()
  }, 60_000)

  it('is not there when pages are turned off, and neither are the others', async () => {
    const bare = await startHere({
      PDS_DATA_DIRECTORY: data,
      PDS_DB_POSTGRES_URL: database.url,
      PDS_ACCOUNT_PAGES_ENABLED: 'false',
    })
    for (const path of ['reset-password', 'mail/forgot-password', 'mail/delete-account']) {
      expect((await fetch(`${bare.url}/${path}`)).status).toBe(404)
    }
    await bare.close()
  }, 60_000)
})

const describeInBrowser = hasBrowser('reset-password.test.ts') ? describe : describe.skip
describeInBrowser('in Chromium', () => {
  let browsers: readonly Browser[] = []
  let plain: BrowserContext
  let scripted: BrowserContext
  let tab: Page
  const trouble: string[] = []

  beforeAll(async () => {
    const withoutScripts = await openBrowser({ javaScriptEnabled: false, width: 390 })
    browsers = [withoutScripts]
    const withScripts = await openBrowser({ javaScriptEnabled: true, width: 390 })
    browsers = [withoutScripts, withScripts]
    plain = withoutScripts.context
    scripted = withScripts.context
  }, 60_000)
  afterAll(async () => {
    for (const browser of browsers) await browser.close()
  })
  beforeEach(async () => {
    tab = await plain.newPage()
    tab.on('console', (message) => {
      if (!message.text().includes('status of 400')) trouble.push(message.text())
    })
    tab.on('request', (request) => {
      const { host } = new URL(request.url())
      if (host !== new URL(server.url).host) trouble.push(request.url())
    })
  })

  it('takes the code from the link, without leaking it to an address or a log', async () => {
    const link = await mailedLink()
    const page = await scripted.newPage()
    await page.goto(link.href)
    expect(await page.getByLabel('Code from the mail').inputValue()).toBe(tokenOf(link))
    expect(await page.locator(':focus').getAttribute('name')).toBe('password')
    expect(page.url()).toBe(`${server.url}/reset-password`)
    expect(server.log()).not.toContain(tokenOf(link))
  }, 60_000)

  it('confirms an address from the link in a mail', async () => {
    const page = await scripted.newPage()
    await page.goto(`${server.url}/mail/confirm-email#ABCDE-23456`)
    expect(await page.getByLabel('Code from the mail').inputValue()).toBe('ABCDE-23456')
    expect(page.url()).toBe(`${server.url}/mail/confirm-email`)
    await page.getByLabel('Handle or email address').fill('alice.test')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Confirm the address' }).click()
    await page.getByText('Wrong name or password.').waitFor()
    expect(await inaccessible(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  }, 60_000)

  it('works from the mail to the new password with scripts turned off', async () => {
    const link = await mailedLink()
    await tab.goto(link.href)
    expect(await tab.title()).toBe('Choose a new password – Bergamot & <Friends>')
    // The code is in the mail, and no script fills it in.
    expect(await tab.locator(':focus').getAttribute('name')).toBe('token')
    await tab.keyboard.type(tokenOf(link))
    await tab.keyboard.press('Tab')
    await tab.keyboard.type('password1')
    await tab.keyboard.press('Tab')
    await tab.keyboard.type('password1')
    await tab.keyboard.press('Enter')

    await tab.getByText('Password is too common.').waitFor()
    // The code is no longer in the address.
    expect(tab.url()).toBe(`${server.url}/reset-password`)
    expect(await tab.title()).toMatch(/^Error: /)
    const wrong = tab.getByLabel('New password', { exact: true })
    expect(await wrong.getAttribute('aria-invalid')).toBe('true')
    expect(await wrong.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true)
    const described = (await wrong.getAttribute('aria-describedby')) ?? ''
    expect(described).toBe('password-hint password-problem')
    expect(await tab.locator('#password-problem').textContent()).toBe('Password is too common.')

    await wrong.fill('chosen in a browser')
    await tab.getByLabel('The new password again').fill('chosen in a browser')
    await tab.getByRole('button', { name: 'Change the password' }).click()
    await tab.getByRole('heading', { name: 'Your password was changed' }).waitFor()
    expect(tab.url()).toBe(`${server.url}/reset-password/done`)
    expect(await logsIn('chosen in a browser')).toBe(true)

    await tab.reload()
    await tab.getByRole('heading', { name: 'Your password was changed' }).waitFor()
    expect(trouble).toEqual([])
  }, 60_000)

  it('sends no referrer', async () => {
    const seen: (string | undefined)[] = []
    const port = await freePort()
    const other = createServer((req, res) => {
      seen.push(req.headers.referer)
      res.end('<p>elsewhere')
    })
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    const page = await scripted.newPage()
    await page.goto((await mailedLink()).href)
    await page.evaluate(`location.href = 'http://127.0.0.1:${port}/'`)
    await page.getByText('elsewhere').waitFor()
    expect(seen[0]).toBeUndefined()
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  }, 60_000)

  it('runs no injected script and cannot be framed', async () => {
    const page = await scripted.newPage()
    await page.goto(`${server.url}/reset-password`)
    await page.evaluate(`
      const script = document.createElement('script')
      script.textContent = 'globalThis.ran = true'
      document.body.append(script)
    `)
    expect(await page.evaluate('globalThis.ran')).toBeUndefined()
    await page.goto(`data:text/html,<iframe src="${server.url}/reset-password"></iframe>`)
    await delay(500)
    const texts = await Promise.all(page.frames().map((frame) => frame.content().catch(() => '')))
    expect(texts.join()).not.toContain('Choose a new password')
  }, 60_000)

  it.each(['light', 'dark'] as const)(
    'has no accessibility findings of axe, in %s colours',
    async (colorScheme) => {
      const page = await scripted.newPage()
      await page.emulateMedia({ colorScheme })
      await page.goto(`${server.url}/reset-password?token=abcde-23456`)
      expect(await inaccessible(page)).toEqual([])
      await page.getByLabel('New password', { exact: true }).fill('one of a kind')
      await page.getByLabel('The new password again').fill('another of a kind')
      await page.getByRole('button').click()
      await page.getByText('The two passwords differ.').waitFor()
      expect(await inaccessible(page)).toEqual([])
      await page.goto(`${server.url}/reset-password/done`)
      expect(await inaccessible(page)).toEqual([])
      for (const path of ['confirm-email', 'change-email', 'delete-account', 'forgot-password']) {
        await page.goto(`${server.url}/mail/${path}`)
        expect(await inaccessible(page)).toEqual([])
      }
    },
    60_000,
  )
})

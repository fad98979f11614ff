import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Browser,
  hasBrowser,
  inaccessible,
  openBrowser,
} from '@lexwright/testing/network/browser'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import type { Locator, Page } from 'playwright-core'
import { accountMethodAuth } from '../account-methods.ts'

/** A hang is a failure; a browser on a busy machine is slow. */
const DEADLINE_MS = 240_000
const ADMIN_PASSWORD = 'the password of the operator'

let data: string
let database: PostgresDatabase
let server: Program

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  database = await createPostgresDatabase()
  server = await startProgram({
    dataDirectory: data,
    env: {
      PDS_DB_POSTGRES_URL: database.url,
      PDS_PASSWORD_HASH_COST: '4',
      PDS_LOG_LEVEL: 'debug',
      PDS_SERVICE_NAME: 'Bergamot & <Friends>',
      PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
    },
  })
}, 60_000)
afterAll(async () => {
  await server.signal('SIGTERM')
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

describe('the page of methods', () => {
  it('loads only what the service serves, is framed by nobody and knows no script but its own', async () => {
    const response = await fetch(`${server.url}/`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-cache',
    })
    const text = await response.text()
    expect(text).toContain('Bergamot &amp; &lt;Friends&gt;')
    expect(text).not.toMatch(
      / style=| on[a-z]+="|<script(?! type="module" src="\/reference\/page\.js"><)/,
    )
  })

  it('is asked for again only when it has changed, and has a head', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/reference/page.css', 'text/css'],
      ['/reference/page.js', 'text/javascript'],
      ['/reference/fields.js', 'text/javascript'],
      ['/reference/answer.js', 'text/javascript'],
    ] as const) {
      const first = await fetch(server.url + path)
      const body = await first.arrayBuffer()
      expect(first.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
      const etag = first.headers.get('etag') ?? ''
      const again = await fetch(server.url + path, {
        headers: { 'if-none-match': `"x", W/${etag}` },
      })
      expect([again.status, await again.text()]).toEqual([304, ''])
      const head = await fetch(server.url + path, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
        200,
        String(body.byteLength),
        '',
      ])
    }
    expect((await fetch(`${server.url}/reference/../package.json`)).status).toBe(404)
    expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(404)
  })

  it('is mentioned when the service starts', () => {
    expect(server.said()).toContain(`Methods         ${server.url}/ in a browser`)
  })

  it.each(Object.entries(accountMethodAuth))('tells who may call %s', async (nsid, { scheme }) => {
    const page = await (await fetch(`${server.url}/`)).text()
    const verb = page.includes(`data-path="/xrpc/${nsid}" data-verb="GET"`) ? 'GET' : 'POST'
    const { status, headers } = await fetch(`${server.url}/xrpc/${nsid}`, { method: verb })
    expect([nsid, status === 401]).toEqual([nsid, scheme !== 'none'])
    expect(headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('is not there when it is turned off', async () => {
    const plain = await startProgram({
      dataDirectory: data,
      env: { PDS_DB_POSTGRES_URL: database.url, PDS_API_PAGE_ENABLED: 'false' },
    })
    for (const path of ['/', '/reference/page.js']) {
      const response = await fetch(plain.url + path)
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: 'NotFound', message: 'There is nothing at this address' },
      ])
    }
    expect(plain.said()).not.toContain('in a browser')
    await plain.signal('SIGTERM')
  }, 60_000)
})

const describeInBrowser = hasBrowser('reference-page.test.ts') ? describe : describe.skip

describeInBrowser('in Chromium', () => {
  let browser: Browser
  let plain: Browser
  let tab: Page
  const trouble: string[] = []
  const addresses: string[] = []

  beforeAll(async () => {
    browser = await openBrowser({ javaScriptEnabled: true, width: 1280 })
    plain = await openBrowser({ javaScriptEnabled: false, width: 400 })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await plain?.close()
  })
  beforeEach(async () => {
    trouble.length = 0
    addresses.length = 0
    tab = await browser.context.newPage()
    tab.on('pageerror', (error) => trouble.push(error.message))
    tab.on('console', (message) => {
      // A call that fails is said to have failed, by the browser too.
      if (!/status of 4\d\d/.test(message.text())) trouble.push(message.text())
    })
    tab.on('request', (request) => addresses.push(request.url()))
    await tab.goto(`${server.url}/`)
  })

  afterEach(async () => {
    await tab.close()
  })

  const open = async (nsid: string): Promise<Locator> => {
    const article = tab.locator(`[id="${nsid}"]`)
    await article.getByText('Try it').click()
    return article
  }
  const send = async (article: Locator): Promise<{ status: string; body: string }> => {
    await article.locator('.answer').evaluate((answer) => answer.replaceChildren())
    await article.getByRole('button', { name: 'Send' }).click()
    const status = article.locator('.answer .status', { hasText: /^(\d{3}|No answer)/ })
    const said = (await status.textContent()) ?? ''
    const body = await article.locator('.answer pre[aria-label^="Body"]').allTextContents()
    return { status: said, body: body.join('') }
  }

  it(
    'signs somebody up, and calls with the token that came back',
    async () => {
      const create = await open('com.atproto.account.create')
      await create.getByLabel('handle').fill('alice.test')
      await create.getByLabel('email').fill('alice@example.com')
      await create.getByLabel('password').fill('correct horse battery')
      const created = await send(create)
      expect(created.status).toMatch(/^200 OK in \d+ ms, \d+ bytes$/)
      const { accessJwt, refreshJwt } = JSON.parse(created.body)
      await create.getByText(/^Headers \(/).click()
      await create.locator('pre[aria-label^="Headers"]', { hasText: 'content-type' }).waitFor()
      await create.getByRole('button', { name: 'Use accessJwt as the token' }).click()

      const get = await open('com.atproto.account.get')
      const got = await send(get)
      expect(got.status).toMatch(/^200 OK/)
      expect(JSON.parse(got.body)).toMatchObject({ handle: 'alice.test', status: 'active' })

      await create.getByRole('button', { name: 'Use refreshJwt as the token' }).click()
      const refreshed = await send(await open('com.atproto.session.refresh'))
      expect(refreshed.status).toMatch(/^200 OK/)
      const gone = await open('com.atproto.session.delete')
      expect(await send(gone)).toMatchObject({ status: expect.stringMatching(/^200 OK/), body: '' })
      await gone.getByText('The body is empty.').waitFor()

      // The tokens were nowhere but in the page and in the headers.
      const kept = await tab.evaluate(
        'JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }])',
      )
      for (const secret of [accessJwt, refreshJwt]) {
        expect([kept, ...addresses].join()).not.toContain(secret)
        expect(server.log()).not.toContain(secret)
      }
      await tab.reload()
      expect(await tab.getByLabel('Token', { exact: true }).inputValue()).toBe('')
      expect(new Set(addresses.map((address) => new URL(address).origin))).toEqual(
        new Set([server.url]),
      )
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it(
    'shows how a call fails',
    async () => {
      await tab.getByLabel('Token', { exact: true }).fill('nonsense')
      const get = await open('com.atproto.account.get')
      const refused = await send(get)
      expect(refused.status).toMatch(/^400 Bad Request/)
      expect(JSON.parse(refused.body)).toMatchObject({ error: 'InvalidToken' })
      await get.getByLabel('Authorization').selectOption('none')
      expect((await send(get)).status).toMatch(/^401 Unauthorized/)
      await tab.getByLabel('Token', { exact: true }).fill('two words')
      await get.getByLabel('Authorization').selectOption('token')
      await get.getByRole('button', { name: 'Send' }).click()
      await get.getByText('A token has neither blanks nor accents.').waitFor()
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it(
    'sends what is written as JSON, with the password of the operator',
    async () => {
      await tab.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD)
      const invite = await open('com.atproto.account.createInviteCode')
      await invite.getByLabel('useCount').fill('2')
      await invite.getByRole('button', { name: 'As JSON' }).click()
      const area = invite.getByLabel('Body as JSON')
      expect(JSON.parse(await area.inputValue())).toEqual({ useCount: 2 })
      expect((await send(invite)).body).toMatch(/"code": "localhost-/)
      await area.fill('{"useCount": "many"}')
      const refused = await send(invite)
      expect(refused.status).toMatch(/^400/)
      expect(refused.body).toContain('Input/useCount must be an integer')
      await area.fill('{')
      await invite.getByRole('button', { name: 'As JSON' }).click()
      await invite.getByText('This is no JSON').waitFor()
      expect(await area.getAttribute('aria-invalid')).toBe('true')
      await area.fill('{"useCount": 7}')
      await invite.getByRole('button', { name: 'As JSON' }).click()
      expect(await invite.getByLabel('useCount').inputValue()).toBe('7')
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it(
    'sends the parameters of a query in the address',
    async () => {
      const resolve = await open('com.atproto.handle.resolve')
      await resolve.getByLabel('handle', { exact: true }).fill('nobody & more')
      const { status } = await send(resolve)
      expect(status).toMatch(/^400/)
      expect(addresses.at(-1)).toBe(
        `${server.url}/xrpc/com.atproto.handle.resolve?handle=nobody+%26+more`,
      )
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)(
    'has nothing that axe finds inaccessible, in %s colours, %d pixels wide',
    async (colorScheme, width) => {
      await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await tab.setViewportSize({ width, height: 850 })
      const create = await open('com.atproto.account.create')
      await create.getByRole('button', { name: 'Fill in an example' }).click()
      await create.getByLabel('handle').fill('x')
      await send(create)
      await create.getByRole('button', { name: 'As JSON' }).click()
      await create.getByLabel('Body as JSON').fill('{')
      await create.getByRole('button', { name: 'Send' }).click()
      await create.getByRole('button', { name: 'As JSON' }).click()
      await create.getByText('This is no JSON').waitFor()
      expect(await inaccessible(tab)).toEqual([])
      // Nothing is wider than the screen.
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it('can be read without scripts, and says what needs them', async () => {
    const page = await plain.context.newPage()
    await page.goto(`${server.url}/`)
    await page.getByText('Calls from this page need JavaScript').waitFor()
    const create = page.locator('[id="com.atproto.account.create"]')
    expect(await create.innerText()).toMatch(/InvalidInviteCode/)
    await create.getByText('Try it').click()
    await create.getByText('This form needs JavaScript.').waitFor()
    expect(await page.locator('button:enabled, input:enabled').count()).toBe(0)
  }, 60_000)

  it('runs no script that is not its own', async () => {
    await tab.evaluate(`
      const script = document.createElement('script')
      try { script.textContent = 'globalThis.ran = true' } catch {}
      document.body.append(script)
      try { document.body.innerHTML += '<img src=x onerror="globalThis.ran = true">' } catch {}
    `)
    expect(await tab.evaluate('globalThis.ran')).toBeUndefined()
  }, 60_000)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import {
  type Browser,
  hasBrowser,
  inaccessible,
  type Locator,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { closeServers, recursive, serve } from './testing/serve-document.ts'

/** A timeout for hangs, long enough for a browser on a busy machine. */
const DEADLINE_MS = 240_000
const ADMIN_PASSWORD = 'the password of the operator'
const NAME = 'Bergamot & </script><script>globalThis.ran = 1</script>'

let data: string
let database: PostgresDatabase
let server: Program

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  database = await createAccountDatabase()
  server = await startProgram({
    dataDirectory: data,
    env: {
      PDS_DB_POSTGRES_URL: database.url,
      PDS_PASSWORD_HASH_COST: '4',
      PDS_LOG_LEVEL: 'debug',
      PDS_SERVICE_NAME: NAME,
      PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
    },
  })
}, 60_000)
afterEach(closeServers)
afterAll(async () => {
  await server.signal('SIGTERM')
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

/**
 * Findings that axe rates moderate, in the structure drawn by Swagger UI: its headings skip a
 * level, its dialog and introduction are in no landmark, and two tables of an operation are
 * landmarks without a name.
 */
const KNOWN_FINDINGS = /^(heading-order|landmark-unique|region):/

const describeInBrowser = hasBrowser('reference-page.network.test.ts') ? describe : describe.skip

describeInBrowser('in Chromium', () => {
  let browser: Browser
  let tab: Page
  const trouble: string[] = []
  const addresses: string[] = []

  beforeAll(async () => {
    browser = await openBrowser({ javaScriptEnabled: true, width: 360 })
    tab = await browser.context.newPage()
    tab.on('pageerror', (error) => trouble.push(error.message))
    tab.on('console', (message) => {
      if (/Security Policy|Refused/.test(message.text())) trouble.push(message.text())
    })
    tab.on('request', (request) => addresses.push(request.url()))
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
  })

  const open = async (nsid: string): Promise<Locator> => {
    const path = tab.locator(`[data-path="/xrpc/${nsid}"]`)
    const operation = tab.locator('.opblock', { has: path })
    await operation.locator('.opblock-summary-control').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    return operation
  }
  const send = async (operation: Locator, body?: object) => {
    if (body) await operation.getByLabel('Request body').fill(JSON.stringify(body))
    await operation.getByRole('button', { name: 'Execute' }).click()
    const row = operation.locator('.live-responses-table tr.response')
    const text = await row.locator('.highlight-code code').first().textContent()
    const status = await row.locator('.response-col_status').textContent()
    return { status: status?.trim(), body: JSON.parse(text ?? '') }
  }
  const authorize = async (scheme: string, ...values: readonly string[]): Promise<void> => {
    await tab.locator('.auth-wrapper > .authorize').click()
    const part = tab.locator('.auth-container', { hasText: scheme })
    // Secrets must be masked: the last field of each scheme takes one.
    const inputs = await part.locator('input').all()
    const types = await Promise.all(inputs.map((input) => input.getAttribute('type')))
    expect(types).toEqual([...values.slice(1).map(() => 'text'), 'password'])
    for (const [index, value] of values.entries())
      await part.locator('input').nth(index).fill(value)
    await part.getByRole('button', { name: 'Authorize' }).click()
    expect(await problems('.modal-ux')).toEqual([])
    await tab.locator('.close-modal').click()
  }
  /**
   * Findings of axe, and elements wider than a phone. Checking the whole page takes long: it lists
   * every method.
   */
  const problems = async (selector?: string): Promise<readonly string[]> => {
    const found = (await inaccessible(tab, selector)).filter(
      (finding) => !KNOWN_FINDINGS.test(finding),
    )
    const width = await tab.evaluate('document.documentElement.scrollWidth')
    return width === 360 ? found : [...found, `it is ${width} pixels wide`]
  }

  it(
    'signs up, and calls with a bearer token and with Basic, at the width of a phone',
    async () => {
      await tab.goto(`${server.url}/`)
      const create = await open('com.atproto.account.create')
      const account = {
        handle: 'alice.test',
        email: 'a@b.example',
        password: 'correct horse battery',
      }
      const created = await send(create, account)
      expect(created).toMatchObject({ status: '200', body: { handle: 'alice.test' } })
      const { accessJwt } = created.body

      const get = await open('com.atproto.account.get')
      expect(await send(get)).toMatchObject({ status: '401', body: { error: 'AuthMissing' } })
      expect(await problems('.opblock.is-open')).toEqual([])
      await authorize('accessJwt', accessJwt)
      await get.getByRole('button', { name: 'Clear' }).click()
      expect(await send(get)).toMatchObject({ status: '200', body: { handle: 'alice.test' } })

      await authorize('operator', 'admin', ADMIN_PASSWORD)
      const invite = await open('com.atproto.account.createInviteCode')
      expect(await send(invite, { useCount: 2 })).toMatchObject({
        status: '200',
        body: { code: expect.stringMatching(/^localhost-/) },
      })
      for (const schema of await create
        .getByRole('button', { name: 'Schema', exact: true })
        .all()) {
        await schema.click()
      }
      expect(await problems()).toEqual([])

      // The token was only in the page and in headers: without an origin the page can store
      // nothing.
      expect([await tab.evaluate('location.href'), ...addresses].join()).not.toContain(accessJwt)
      expect(await tab.evaluate('origin')).toBe('null')
      for (const store of ['document.cookie', 'localStorage', 'sessionStorage']) {
        await expect(tab.evaluate(store)).rejects.toThrow('SecurityError')
      }
      expect(server.log()).not.toContain(accessJwt)
      const origins = addresses.filter((address) => !address.startsWith('data:'))
      expect(new Set(origins.map((address) => new URL(address).origin))).toEqual(
        new Set([server.url]),
      )
      expect(await tab.evaluate('globalThis.ran')).toBeUndefined()
      expect(trouble).toEqual([])
    },
    DEADLINE_MS,
  )

  it(
    'renders a recursive definition, in dark mode, without an origin, and runs no script of a document',
    async () => {
      const url = await serve(recursive, { withoutOrigin: true })
      await tab.emulateMedia({ colorScheme: 'dark' })
      await tab.goto(url)
      expect(await tab.evaluate('origin')).toBe('null')
      const plant = await open('com.example.plant')
      await plant.getByText('Plants it.').waitFor()
      const sample = await plant.getByLabel('Request body').inputValue()
      expect(Object.keys(JSON.parse(sample))).toEqual([...'abcdefgh'])
      expect((await tab.content()).length).toBeLessThan(500_000)
      expect(await problems()).toEqual([])
      expect(await tab.evaluate('globalThis.ran')).toBeUndefined()
    },
    DEADLINE_MS,
  )
})

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import openapi from '@lexwright/generated/openapi.json' with { type: 'json' }
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import {
  type Browser,
  hasBrowser,
  inaccessible,
  type Locator,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createReferencePage, type OpenApiDocument } from './reference-page.ts'

/** A hang is a failure; a browser on a busy machine is slow. */
const DEADLINE_MS = 240_000
const ADMIN_PASSWORD = 'the password of the operator'
const NAME = 'Bergamot & </script><script>globalThis.ran = 1</script>'

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
      PDS_SERVICE_NAME: NAME,
      PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
    },
  })
}, 60_000)
afterAll(async () => {
  await server.signal('SIGTERM')
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

interface Served extends OpenApiDocument {
  readonly paths: typeof openapi.paths
}

/** The document in a page. */
function documentIn(html: string): Served {
  const [, json = ''] =
    /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(html) ?? []
  return JSON.parse(json)
}

describe('the page of methods', () => {
  it('loads and calls its own origin only, in a sandbox that nobody frames', async () => {
    const response = await fetch(`${server.url}/`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-forms allow-same-origin",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
    const html = await response.text()
    const files = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path)
    expect(files).toEqual([
      expect.stringMatching(/^\/reference\/[\w-]{16}\/swagger-ui\.css$/),
      expect.stringMatching(/^\/reference\/[\w-]{16}\/viewer\.css$/),
      expect.stringMatching(/^\/reference\/[\w-]{16}\/swagger-ui-bundle\.js$/),
      expect.stringMatching(/^\/reference\/[\w-]{16}\/viewer\.js$/),
    ])
    for (const path of files) {
      const file = await fetch(server.url + path, { method: 'HEAD' })
      expect([file.status, file.headers.get('content-type')]).toEqual([
        200,
        path?.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8',
      ])
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    }
    for (const path of ['/reference/swagger-ui.css', '/reference/../package.json']) {
      expect((await fetch(server.url + path)).status).toBe(404)
    }
    expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(404)
    expect(server.said()).toContain(`Methods         ${server.url}/ in a browser`)
  })

  it('holds a valid OpenAPI document, the six methods first, that says who may call', async () => {
    const document = documentIn(await (await fetch(`${server.url}/`)).text())
    expect(document.info.title).toBe(NAME)
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
    const paths = Object.keys(document.paths)
    expect(paths).toEqual(Object.keys(openapi.paths))
    expect(paths.slice(0, 6).map((path) => path.replace('/xrpc/com.atproto.account.', ''))).toEqual(
      ['create', 'createInviteCode', 'delete', 'get', 'requestPasswordReset', 'resetPassword'],
    )
    for (const [path, item] of Object.entries(document.paths)) {
      const [[verb = '', operation] = []] = Object.entries(item)
      const { security } = operation as unknown as { readonly security: readonly object[] }
      const { status } = await fetch(server.url + path, { method: verb.toUpperCase() })
      expect([path, status === 401]).toEqual([path, security.length > 0])
    }
  })

  it('is not there when it is turned off', async () => {
    const plain = await startProgram({
      dataDirectory: data,
      env: { PDS_DB_POSTGRES_URL: database.url, PDS_API_PAGE_ENABLED: 'false' },
    })
    const response = await fetch(plain.url)
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'NotFound', message: 'There is nothing at this address' },
    ])
    expect(plain.said()).not.toContain('in a browser')
    await plain.signal('SIGTERM')
  }, 60_000)
})

/** A definition that refers to itself eight times: samples of all its levels would never end. */
const recursive: OpenApiDocument = {
  openapi: '3.1.1',
  info: { title: 'Trees', version: '1.0.0' },
  paths: {
    '/xrpc/com.example.plant': {
      post: {
        operationId: 'com.example.plant',
        description:
          '<img alt="" src="https://other.example/x.png" onerror="globalThis.ran = 1">Plants it.',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/node' } } },
        },
        responses: { 200: { description: 'It is done.' } },
      },
    },
  },
  components: {
    schemas: {
      node: {
        type: 'object',
        required: [...'abcdefgh'],
        properties: Object.fromEntries(
          [...'abcdefgh'].map((name) => [name, { $ref: '#/components/schemas/node' }]),
        ),
      },
    },
  },
}

/** Serves a page in a plain server, which answers everything else with its address. */
async function serve(
  document: OpenApiDocument,
  options: { readonly withoutOrigin?: boolean } = {},
) {
  const page = createReferencePage(document)
  const http = createServer((req, res) => {
    const setHeader = res.setHeader.bind(res)
    if (options.withoutOrigin) {
      res.setHeader = (name, value) => setHeader(name, `${value}`.replace(' allow-same-origin', ''))
    }
    page(req, res, () => res.end(`${req.method} ${req.url}`))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  servers.push(http)
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

const servers: Server[] = []
afterEach(() => {
  for (const http of servers.splice(0)) {
    http.closeAllConnections()
    http.close()
  }
})

it('serves any document, costs what the document is, and leaves the rest to the next', async () => {
  const url = await serve(recursive)
  const html = await (await fetch(url)).text()
  expect(documentIn(html)).toEqual(recursive)
  expect(html.length - JSON.stringify(recursive).length).toBeLessThan(1_000)
  expect(await (await fetch(`${url}/other?a=b`)).text()).toBe('GET /other?a=b')
  expect(await (await fetch(url, { method: 'POST' })).text()).toBe('POST /')
})

/**
 * Findings that axe calls moderate, in the structure that Swagger UI draws: its headings skip a level, its dialog and
 * introduction are in no landmark, and two tables of an operation are landmarks without a name.
 */
const KNOWN_FINDINGS = /^(heading-order|landmark-unique|region):/

const describeInBrowser = hasBrowser('reference-page.test.ts') ? describe : describe.skip

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
    for (const [index, value] of values.entries())
      await part.locator('input').nth(index).fill(value)
    await part.getByRole('button', { name: 'Authorize' }).click()
    expect(await problems()).toEqual([])
    await tab.locator('.close-modal').click()
  }
  /** Findings of axe, and what is wider than a phone. */
  const problems = async (): Promise<readonly string[]> => {
    const found = (await inaccessible(tab)).filter((finding) => !KNOWN_FINDINGS.test(finding))
    const width = await tab.evaluate('document.documentElement.scrollWidth')
    return width === 360 ? found : [...found, `it is ${width} pixels wide`]
  }

  it(
    'signs up, and calls with a bearer token and with Basic, on a phone',
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
      expect(await problems()).toEqual([])
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

      // The token was nowhere but in the page and in the headers.
      const kept = await tab.evaluate(
        'JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }])',
      )
      expect([kept, ...addresses].join()).not.toContain(accessJwt)
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
    'draws a definition that refers to itself, in the dark, without an origin, and runs nothing of a document',
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

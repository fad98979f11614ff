import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Browser, hasBrowser, openBrowser } from '@lexwright/testing/network/browser'
import type { Page } from 'playwright-core'
import { createReferencePage } from './routes.ts'

/** What would be seen to run, if a text of a document became part of the page. */
const EVIL = `</textarea></code><script>globalThis.ran = 1</script><img src=x onerror="globalThis.ran = 1">`

const documents = [
  {
    id: 'com.example.search',
    defs: {
      main: {
        type: 'query',
        description: EVIL,
        parameters: {
          type: 'params',
          properties: {
            q: { type: 'string', description: EVIL, default: EVIL },
            limit: { type: 'integer', minimum: 1 },
            deep: { type: 'boolean' },
            kind: { type: 'string', enum: ['post', EVIL] },
            tags: { type: 'array', items: { type: 'string' } },
            [EVIL]: { type: 'string' },
          },
        },
        output: { encoding: 'application/json' },
        errors: [{ name: EVIL, description: EVIL }],
      },
    },
  },
  {
    id: 'com.example.put',
    defs: {
      main: {
        type: 'procedure',
        input: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string' },
              count: { type: 'integer' },
              place: { type: 'ref', ref: '#place' },
              items: { type: 'array', items: { type: 'ref', ref: '#place' } },
              numbers: { type: 'array', items: { type: 'integer' } },
              extra: { type: 'unknown' },
            },
          },
        },
      },
      place: {
        type: 'object',
        properties: { city: { type: 'string' }, open: { type: 'boolean' } },
      },
    },
  },
  {
    id: 'com.example.upload',
    defs: {
      main: { type: 'procedure', input: { encoding: '*/*' }, output: { encoding: 'image/png' } },
    },
  },
  {
    id: 'com.example.note',
    defs: { main: { type: 'procedure', input: { encoding: 'text/plain' } } },
  },
  {
    id: 'com.example.watch',
    defs: { main: { type: 'subscription', message: { schema: { type: 'union', refs: [] } } } },
  },
]

/** What was called, as it came. */
interface Call {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let server: Server
let url: string
let latest: Call | undefined

beforeAll(async () => {
  const page = createReferencePage({
    serviceName: EVIL,
    serviceUrl: 'https://api.example.com',
    documents,
  })
  server = createServer((req, res) =>
    page(req, res, async () => {
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      latest = { method: req.method, url: req.url, headers: req.headers, body }
      if (req.url === '/xrpc/com.example.upload') {
        res.setHeader('Content-Type', 'text/html').setHeader('X-Said', EVIL)
        res.end(EVIL)
        return
      }
      res.setHeader(
        'Content-Type',
        req.url === '/xrpc/com.example.note' ? 'image/png' : 'application/json',
      )
      res.end(
        req.url === '/xrpc/com.example.note' ? Buffer.alloc(9) : JSON.stringify({ said: EVIL }),
      )
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

it('leaves what it does not have to the next', async () => {
  expect((await fetch(`${url}/`)).status).toBe(200)
  await fetch(`${url}/other?a=b`)
  expect(latest).toMatchObject({ method: 'GET', url: '/other?a=b' })
  await fetch(`${url}/`, { method: 'POST' })
  expect(latest).toMatchObject({ method: 'POST', url: '/' })
})

const describeInBrowser = hasBrowser('own-lexicons.test.ts') ? describe : describe.skip

describeInBrowser('a page of other lexicons, in Chromium', () => {
  let browser: Browser
  let tab: Page
  const trouble: string[] = []

  beforeAll(async () => {
    browser = await openBrowser({ javaScriptEnabled: true, width: 1000 })
    tab = await browser.context.newPage()
    tab.on('pageerror', (error) => trouble.push(error.message))
    tab.on('console', (message) => trouble.push(message.text()))
    await tab.goto(url)
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
  })

  const call = async (
    nsid: string,
    enter: (form: ReturnType<Page['locator']>) => Promise<void>,
  ) => {
    const article = tab.locator(`[id="${nsid}"]`)
    if ((await article.locator('details.try').getAttribute('open')) === null) {
      await article.getByText('Try it').click()
    }
    const form = article.locator('form')
    await enter(form)
    await form.getByRole('button', { name: 'Send' }).click()
    await article.locator('.answer .status', { hasText: '200 OK' }).waitFor()
    return { call: latest, article }
  }

  it('sends parameters of every type', async () => {
    const { call: sent, article } = await call('com.example.search', async (form) => {
      await form.getByLabel('q', { exact: true }).fill('a&b=c')
      await form.getByLabel('limit').fill('7')
      await form.getByLabel('deep').selectOption('false')
      await form.getByLabel('kind').selectOption('post')
      await form.getByLabel('tags').fill('one\ntwo')
    })
    expect(sent).toMatchObject({
      method: 'GET',
      url: '/xrpc/com.example.search?q=a%26b%3Dc&limit=7&deep=false&kind=post&tags=one&tags=two',
    })
    expect(sent?.headers).not.toHaveProperty('authorization')
    expect(sent?.headers).not.toHaveProperty('referer')
    await article.locator('pre[aria-label^="Body"]', { hasText: '<script>' }).waitFor()
  })

  it('puts a body together from fields, and takes it as JSON', async () => {
    const { call: sent, article } = await call('com.example.put', async (form) => {
      await form.getByLabel('name').fill('It')
      await form.getByLabel('place.city').fill('Bern')
      await form.getByLabel('place.open').selectOption('true')
      await form.getByLabel('items').fill('[{"city": "Basel"}]')
      await form.getByLabel('numbers').fill('1\n2')
      await form.getByLabel('extra').fill('{"__proto__": 1}')
    })
    const body = `{"name":"It","place":{"city":"Bern","open":true},"items":[{"city":"Basel"}],"numbers":[1,2],"extra":{"__proto__":1}}`
    expect(sent).toMatchObject({ method: 'POST', body })
    expect(sent?.headers['content-type']).toBe('application/json')
    const asJson = article.getByRole('button', { name: 'As JSON' })
    await asJson.click()
    const area = article.getByLabel('Body as JSON')
    expect(JSON.parse(await area.inputValue())).toEqual(JSON.parse(body))
    await area.fill('{"name": "It", "unheard": 1}')
    await asJson.click()
    await article.getByText('There is more in it than there are fields for.').waitFor()
    expect((await call('com.example.put', async () => {})).call?.body).toBe(
      '{"name": "It", "unheard": 1}',
    )
  })

  it('sends files and text, and saves what is neither text nor JSON', async () => {
    const file = { name: 'a.bin', mimeType: 'application/x-thing', buffer: Buffer.from('bytes') }
    const { call: uploaded, article } = await call('com.example.upload', async (form) => {
      await form.getByLabel('File').setInputFiles(file)
      await form.getByLabel('Media type').fill('image/gif')
    })
    expect(uploaded).toMatchObject({ body: 'bytes', headers: { 'content-type': 'image/gif' } })
    // A page that was answered is text here.
    await article.locator('pre[aria-label^="Body"]', { hasText: '<script>' }).waitFor()
    const { call: noted, article: note } = await call('com.example.note', async (form) => {
      await form.getByLabel('Text').fill('Grüezi')
    })
    expect(noted).toMatchObject({ body: 'Grüezi', headers: { 'content-type': 'text/plain' } })
    const saved = tab.waitForEvent('download')
    await note.getByText('Save 9 bytes of image/png').click()
    expect((await saved).suggestedFilename()).toBe('answer')
  })

  it('tells that a stream is no call', async () => {
    const watch = tab.locator('[id="com.example.watch"]')
    await watch.getByText('it is read with a WebSocket client').waitFor()
    expect(await watch.locator('form').count()).toBe(0)
  })

  it('ran nothing of what the documents and the answers said', async () => {
    expect(await tab.evaluate('globalThis.ran')).toBeUndefined()
    expect(await tab.locator('img').count()).toBe(0)
    expect(await tab.locator('script').count()).toBe(1)
    expect(trouble).toEqual([])
  })
})

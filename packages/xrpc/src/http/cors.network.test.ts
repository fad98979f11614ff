import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Browser,
  hasBrowser,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { compression, helmet } from '@lexwright/testing/third-party/connect-middleware'
import express from 'express'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from '../testing/documents.ts'
import { handlers } from '../testing/handlers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'
import type { ListenerOptions } from './listener.ts'

const DEADLINE_MS = 120_000
const servers: HttpServer[] = []

async function serve(http: HttpServer): Promise<string> {
  servers.push(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

function serviceWithHandlers(): XrpcService {
  const service = serviceOf(documents, rateLimited())
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  service.streamMethod('io.example.subscribe', async function* ({ params }) {
    for (let n = 0; n < params.n; n++) yield { $type: 'io.example.subscribe#tick', n }
  })
  return service
}

/** Every way to serve a page, with typical middleware of an application. */
const hosts: Readonly<Record<string, (options: ListenerOptions) => Promise<string>>> = {
  alone: (options) => serve(serviceWithHandlers().createHttpServer(options)),
  'alone, behind helmet and compression': (options) =>
    serve(
      serviceWithHandlers().createHttpServer({
        ...options,
        middleware: [helmet(), compression({ threshold: 0 })],
      }),
    ),
  'in an Express application': (options) => {
    const service = serviceWithHandlers()
    const app = express()
    app.use(helmet())
    app.use(service.createListener(options))
    const http = createServer(app as unknown as RequestListener)
    service.attach(http)
    return serve(http)
  },
  'as the fallback of an Express application': (options) => {
    const service = serviceWithHandlers()
    const app = express()
    app.use(service.xrpc.router)
    const fallback = app as unknown as RequestListener
    return serve(service.createHttpServer({ ...options, fallback }))
  },
}

const describeInBrowser = hasBrowser('cors.network.test.ts') ? describe : describe.skip

describeInBrowser('a page of another origin in Chromium', () => {
  let browser: Browser
  let tab: Page

  beforeAll(async () => {
    browser = await openBrowser({ javaScriptEnabled: true, width: 800 })
    tab = await browser.context.newPage()
  }, DEADLINE_MS)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    const page = await serve(createServer((_, res) => void res.end('a page')))
    await tab.goto(page)
  })
  afterEach(() => {
    for (const http of servers.splice(0)) {
      http.closeAllConnections()
      http.close()
    }
  })

  /** A call by the page; returns the headers the page may read. */
  const call = (url: string, init: object = {}): Promise<Seen> =>
    tab.evaluate(`(async () => {
      const answer = await fetch(${JSON.stringify(url)}, ${JSON.stringify(init)})
      const headers = Object.fromEntries(answer.headers)
      return { status: answer.status, headers, body: await answer.text() }
    })()`) as Promise<Seen>
  interface Seen {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }

  it.each(Object.keys(hosts))(
    'can read every answer of methods %s',
    async (host) => {
      const url = `${await hosts[host]?.({ cors: true })}/xrpc/io.example`
      const input = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer token' },
        body: '{"s":"x"}',
      }

      const query = await call(`${url}.outAny?kind=headers`, { headers: { DPoP: 'proof' } })
      expect(query).toMatchObject({ status: 200, headers: { 'x-one': '1' } })
      expect(await call(`${url}.echo`, input)).toMatchObject({ status: 200 })
      expect(await call(`${url}.outAny?kind=stream`)).toMatchObject({
        status: 200,
        body: 'one two',
      })

      const declared = await call(`${url}.fail?kind=declared`)
      expect(declared.status).toBe(400)
      expect(JSON.parse(declared.body)).toEqual({ error: 'Declared', message: 'as declared' })
      expect(await call(`${url}.verifiedPost?kind=challenge`, input)).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'DPoP algs="ES256"', 'dpop-nonce': 'n1' },
      })
      expect(await call(`${url}.none`)).toMatchObject({ status: 501 })

      expect(await call(`${url}.limited`)).toMatchObject({
        status: 200,
        headers: { 'ratelimit-limit': '3', 'ratelimit-remaining': '2' },
      })
      for (let n = 0; n < 2; n++) await call(`${url}.limited`)
      expect(await call(`${url}.limited`)).toMatchObject({
        status: 429,
        headers: { 'retry-after': '60', 'ratelimit-policy': '3;w=60' },
      })
    },
    DEADLINE_MS,
  )

  it(
    'can read answers processed by helmet and compression',
    async () => {
      const url = await hosts['alone, behind helmet and compression']?.({ cors: true })
      const { headers, body } = await call(`${url}/xrpc/io.example.outAny?kind=json`)
      expect(headers).toMatchObject({
        'content-encoding': expect.stringMatching(/^(?:br|gzip)$/),
        'x-content-type-options': 'nosniff',
      })
      expect(JSON.parse(body)).toEqual({ n: 1 })
    },
    DEADLINE_MS,
  )

  it(
    'sends credentials if its origin is listed, and reads the same',
    async () => {
      const cors = { credentials: true, origin: new URL(tab.url()).origin }
      const url = `${await hosts.alone?.({ cors })}/xrpc/io.example`
      const init = { credentials: 'include', headers: { Authorization: 'Bearer token' } }
      expect(await call(`${url}.outAny?kind=headers`, init)).toMatchObject({
        status: 200,
        headers: { 'x-one': '1' },
      })
    },
    DEADLINE_MS,
  )

  it(
    'can read nothing if its origin is not allowed',
    async () => {
      for (const cors of [false, { origin: 'https://app.example' }]) {
        const url = `${await hosts.alone?.({ cors })}/xrpc/io.example`
        for (const init of [{}, { headers: { DPoP: 'proof' } }]) {
          await expect(call(`${url}.bare`, init)).rejects.toThrow('Failed to fetch')
        }
      }
    },
    DEADLINE_MS,
  )

  it.each(['alone', 'in an Express application'])(
    'can subscribe to methods served %s',
    async (host) => {
      const url = (await hosts[host]?.({ cors: true }))?.replace('http', 'ws')
      const frames = await tab.evaluate(`new Promise((resolve, reject) => {
        const socket = new WebSocket('${url}/xrpc/io.example.subscribe?n=3')
        let frames = 0
        socket.onmessage = () => frames++
        socket.onclose = () => resolve(frames)
        socket.onerror = () => reject(new Error('It is closed'))
      })`)
      expect(frames).toBe(3)
    },
    DEADLINE_MS,
  )
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Browser,
  hasBrowser,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { build } from 'esbuild'
import type { RunningServer } from '../http/listen.ts'
import { documents } from '../testing/documents.ts'
import { handlers } from '../testing/handlers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'

const DEADLINE_MS = 120_000

/** Makes the requested calls in the page and displays the outcomes. */
const PAGE = `
  import { bytes, CallError, Client, json } from './index.ts'
  class DeclaredError extends CallError { static declared = 'io.example.fail#Declared' }
  const query = (name, rest) => ({ nsid: 'io.example.' + name, type: 'query', ...rest })
  const procedure = (name, rest) => ({ ...query(name, rest), type: 'procedure' })
  const params = query('params', { output: json })
  const fail = query('fail', { errors: [DeclaredError] })
  const auth = procedure('auth', { input: json, output: json })
  const blob = procedure('blob', { input: bytes, output: bytes })

  globalThis.calls = async (origin) => {
    const client = new Client(origin)
    const thrown = (call) => call.catch((error) => error)
    const { data, headers, status } = await client.call(params, { s: 'é', a: ['x', 'y'], b: false })
    const declared = await thrown(client.call(fail, { kind: 'declared' }))
    const sent = new Blob([new Uint8Array([0, 1, 255])], { type: 'image/png' })
    const uploaded = await client.call(blob, sent)
    const streamed = await client.request(blob, 'one two')
    const controller = new AbortController()
    const aborted = thrown(client.call(params, {}, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    const refused = await thrown(new Client('http://127.0.0.1:9').call(params))
    return {
      query: [status, data.seen, headers.get('content-type')],
      procedure: (await client.call(auth, { s: 'x' }, { headers: { authorization: 'me' } })).data.seen,
      declared: [declared instanceof DeclaredError, declared instanceof CallError, declared.message],
      uploaded: [[...uploaded.data], uploaded.headers.get('content-type')],
      streamed: await new Response(streamed.body).text(),
      aborted: (await aborted).message,
      refused: [refused instanceof CallError, refused.status, refused.error],
    }
  }`

const describeInBrowser = hasBrowser('client.network.test.ts') ? describe : describe.skip

describeInBrowser('a page with the small client in Chromium', () => {
  const service = serviceOf(documents, rateLimited())
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  const page = createServer((_, res) => void res.end('a page'))
  let listening: RunningServer
  let browser: Browser
  let tab: Page

  beforeAll(async () => {
    listening = await service.listen({ host: '127.0.0.1', cors: true })
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
    browser = await openBrowser({ javaScriptEnabled: true, width: 800 })
    tab = await browser.context.newPage()
    await tab.goto(`http://127.0.0.1:${(page.address() as AddressInfo).port}`)
  }, DEADLINE_MS)
  afterAll(async () => {
    await browser?.close()
    page.close()
    await listening?.close(0)
  })

  it(
    'calls a server of another origin',
    async () => {
      const { outputFiles } = await build({
        stdin: { contents: PAGE, resolveDir: import.meta.dirname, loader: 'js' },
        bundle: true,
        write: false,
        format: 'iife',
        platform: 'browser',
      })
      await tab.evaluate(outputFiles[0]?.text ?? '')
      const origin = `http://127.0.0.1:${listening.port}`
      expect(await tab.evaluate(`calls(${JSON.stringify(origin)})`)).toEqual({
        query: [
          200,
          expect.stringContaining("params: { a: [ 'x', 'y' ], b: false, d: 7, s: 'é' }"),
          'application/json; charset=utf-8',
        ],
        procedure: expect.stringContaining("credentials: { user: 'me' }"),
        declared: [true, true, 'as declared'],
        uploaded: [[0, 1, 255], 'image/png'],
        streamed: 'one two',
        aborted: 'enough',
        refused: [true, 1, 'Unknown'],
      })
    },
    DEADLINE_MS,
  )
})

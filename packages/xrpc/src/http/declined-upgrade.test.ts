import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { exchange } from '../testing/exchange.ts'
import { chunked, get, post, utf8 } from '../testing/requests.ts'
import { any, testServer } from '../testing/serve.ts'
import { serveWithoutUpgrade } from './declined-upgrade.ts'

const offer = {
  Connection: 'Upgrade, HTTP2-Settings',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
}

describe('a request that offers HTTP/2', () => {
  // Without `shouldUpgradeCallback`, every version of Node behaves as the older ones do.
  const http = createServer(async (req, res) => {
    const body = String(await buffer(req))
    const { 'x-custom': custom, upgrade } = req.headers
    const letters = encodeURIComponent(String(custom))
    res.end(JSON.stringify([req.method, req.url, letters, upgrade ?? 'no upgrade', body]))
  })
  http.on('upgrade', (...upgrade) => serveWithoutUpgrade(http, ...upgrade))
  let port = 0
  beforeAll(async () => {
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    port = (http.address() as AddressInfo).port
  })
  afterAll(() => new Promise((resolve) => http.close(resolve)))

  it.each([
    ['GET', get('/path?x=1', { ...offer, 'X-Custom': utf8('é') }), ''],
    ['POST', post('/path?x=1', 'a body', { ...offer, 'X-Custom': utf8('é') }), 'a body'],
    ['POST', chunked('/path?x=1', ['a ', 'body'], { ...offer, 'X-Custom': utf8('é') }), 'a body'],
  ])('is served after Node has treated it as an upgrade (%s)', async (verb, sent, body) => {
    // In two packets; the second arrives after the handover.
    const packets = [sent.slice(0, -1), sent.slice(-1)]
    const expected = [verb, '/path?x=1', encodeURIComponent(utf8('é')), 'no upgrade', body]
    for (const bytes of [sent, packets]) {
      const answers = await exchange(port, bytes)
      expect(answers).toMatchObject([
        { status: 'HTTP/1.1 200 OK', headers: { connection: 'close' } },
      ])
      expect(JSON.parse((answers[0] as { body: string }).body)).toEqual(expected)
    }
  })
})

describe('listen()', () => {
  const server = testServer()
  it('answers a request that offers HTTP/2', async () => {
    const port = await server.serve(() => ({ encoding: 'text/plain', body: 'fine' }))
    const closing = { ...offer, Connection: 'close, Upgrade, HTTP2-Settings' }
    expect(await exchange(port, get(any, closing))).toMatchObject([{ body: 'fine' }])
  })
})

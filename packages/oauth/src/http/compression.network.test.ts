import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { compression } from '@lexwright/testing/third-party/connect-middleware'
import express from 'express'
import { type OAuthService, openOAuthService } from '../testing/service.ts'
import type { OAuthMiddleware } from './middleware.ts'

const compress = compression({ threshold: 0 })
/** For each response, how many times `end` was called. */
let ends: number[]
const counting: OAuthMiddleware = (_req, res, next) => {
  const at = ends.push(0) - 1
  const end = res.end.bind(res)
  res.end = ((...parameters: Parameters<typeof end>) => {
    ends[at] = (ends[at] ?? 0) + 1
    return end(...parameters)
  }) as typeof res.end
  next?.()
}

const mounts: readonly (readonly [
  string,
  (steps: readonly OAuthMiddleware[]) => RequestListener,
])[] = [
  [
    'bare Node',
    (steps) => (req, res) => {
      const run = (index: number): void =>
        steps[index]?.(req, res, index < steps.length - 1 ? () => run(index + 1) : undefined)
      run(0)
    },
  ],
  ['the lane', (steps) => createServer().createListener({ middleware: steps, cors: true })],
  ['Express', (steps) => express().use(...steps, express.json(), createServer().xrpc.router)],
]

describe('the authorization server behind compression', () => {
  let database: TestDatabase
  let service: OAuthService
  let oauth: OAuthMiddleware
  const failures: unknown[] = []
  beforeAll(async () => {
    database = await openAccountDatabase()
    const log = (fields: object) => void failures.push(fields)
    const logger = { info: () => {}, warn: log, error: log }
    service = await openOAuthService({ db: () => database.db, accounts: { logger } })
    oauth = service.servers[0]?.middleware as OAuthMiddleware
  })
  afterAll(async () => {
    await service.close()
    await database.close()
  })

  it.each(mounts)(
    'in %s answers each request once, compressed, with its own headers',
    async (_, mount) => {
      ends = []
      const http = await listen(mount([counting, compress as OAuthMiddleware, oauth]))
      const get = asker(http)
      const page = await get('/account', {
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      })
      const policy = expect.stringContaining("default-src 'none'")
      expect(page).toMatchObject({
        status: 200,
        headers: {
          'content-encoding': 'gzip',
          'content-security-policy': policy,
          vary: 'Accept-Encoding',
        },
      })
      expect(page.text).toContain('<div id="root">')
      const signed = page.headers['set-cookie']?.filter((line) => /^(dev|ses)-id=/.test(line))
      expect(signed).toEqual([
        expect.stringMatching(/^\S+\.[\w-]{43}; /),
        expect.stringMatching(/^\S+\.[\w-]{43}; /),
      ])
      const file = /src="([^"]+~assets[^"]+)"/.exec(page.text)?.[1] ?? ''
      const script = await get(file)
      expect(script).toMatchObject({
        status: 200,
        headers: {
          'content-encoding': 'gzip',
          'cache-control': expect.stringContaining('immutable'),
        },
      })
      const unchanged = await get(file, { 'if-none-match': script.headers.etag ?? '' })
      expect([unchanged.status, unchanged.text]).toEqual([304, ''])
      for (const path of ['oauth-authorization-server', 'oauth-protected-resource']) {
        const metadata = await get(`/.well-known/${path}`)
        expect(metadata.headers).toMatchObject({
          'content-encoding': 'gzip',
          'access-control-allow-origin': '*',
        })
        expect(JSON.parse(metadata.text)).toBeTruthy()
        expect((await get(`/.well-known/${path}`, {}, 'HEAD')).text).toBe('')
      }
      expect((await get('/oauth/par', {}, 'POST')).status).toBe(415)
      expect((await get('/nowhere')).status).toBe(404)
      expect(ends).toEqual(Array(9).fill(1))
      expect(failures).toEqual([])
      http.close()
    },
  )

  it('serves its pages as they are when compression comes after it', async () => {
    ends = []
    const http = await listen(
      createServer().createListener({
        middleware: [counting, oauth, compress as OAuthMiddleware],
        cors: true,
      }),
    )
    const get = asker(http)
    const { status, headers } = await get('/.well-known/oauth-authorization-server')
    expect([status, headers['content-encoding']]).toEqual([200, undefined])
    expect((await get('/xrpc/com.example.nothing')).headers['content-encoding']).toBe('gzip')
    expect(ends).toEqual([1, 1])
    http.close()
  })
})

async function listen(listener: RequestListener): Promise<Server> {
  const http = createHttpServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  return http
}

/** Requests a gzipped answer and reads it as it arrives. */
function asker(http: Server) {
  const { port } = http.address() as AddressInfo
  return async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const sent = { 'accept-encoding': 'gzip', ...headers }
    const asked = request({ port, path, method, headers: sent, agent: false }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const bytes = await buffer(answer)
    const isCompressed = answer.headers['content-encoding'] === 'gzip' && bytes.length > 0
    const text = String(isCompressed ? gunzipSync(bytes) : bytes)
    return { status: answer.statusCode, headers: answer.headers, text }
  }
}

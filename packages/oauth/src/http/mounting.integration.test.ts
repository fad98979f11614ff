import { createServer as createHttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import express from 'express'
import { createTestApp } from '../testing/app.ts'
import { createTestBrowser } from '../testing/browser.ts'
import type { OAuthService } from '../testing/service.ts'
import { openProcesses, type Processes } from '../testing/two-processes.ts'
import type { OAuthMiddleware } from './middleware.ts'

let processes: Processes
let service: OAuthService
beforeAll(async () => {
  processes = await openProcesses()
  service = processes.service
})
afterAll(() => processes.close())

/** Headers that other middleware of an application may set. */
const careful: OAuthMiddleware = (_req, res, next) => {
  res.setHeader('Content-Security-Policy', "default-src 'self'")
  res.setHeader('Referrer-Policy', 'no-referrer')
  next?.()
}

const mounts: readonly (readonly [string, (oauth: OAuthMiddleware) => RequestListener])[] = [
  ['bare Node', (oauth) => (req, res) => oauth(req, res)],
  [
    'the lane',
    (oauth) => createServer().createListener({ middleware: [careful, oauth], cors: true }),
  ],
  [
    'Express',
    (oauth) => {
      const application = express()
      application.use(careful, oauth, express.json())
      application.use(createServer().xrpc.router)
      return application
    },
  ],
]

describe.each(mounts)('in %s', (_, mount) => {
  let url: string
  let close: () => Promise<void>
  beforeAll(async () => {
    const servers = service.servers.map(({ middleware }) => createHttpServer(mount(middleware)))
    for (const http of servers) {
      http.maxRequestsPerSocket = 1
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    }
    const balancer = await startTcpProxy(
      ...servers.map((http) => (http.address() as AddressInfo).port),
    )
    url = `http://127.0.0.1:${balancer.port}`
    close = async () => {
      await balancer.close()
      for (const http of servers) http.close()
    }
  })
  afterAll(() => close())

  it('both well-known documents name the authorization server, for pages of any origin', async () => {
    const resource = await fetch(`${url}/.well-known/oauth-protected-resource`)
    expect(await resource.json()).toMatchObject({
      resource: service.origin,
      authorization_servers: [service.origin],
    })
    const metadata = await fetch(`${url}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).toMatchObject({
      issuer: service.origin,
      protected_resources: [service.origin],
      pushed_authorization_request_endpoint: `${service.origin}/oauth/par`,
      require_pushed_authorization_requests: true,
    })
    for (const { headers } of [resource, metadata]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('content-type')).toContain('application/json')
    }
    for (const path of ['oauth-protected-resource', 'oauth-authorization-server']) {
      const head = await fetch(`${url}/.well-known/${path}`, { method: 'HEAD' })
      expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
    }
    const preflight = await fetch(`${url}/.well-known/oauth-protected-resource`, {
      method: 'OPTIONS',
    })
    expect(preflight.ok).toBe(true)
  })

  it('pages have their own policies, and their cookies are signed', async () => {
    const browser = createTestBrowser(url)
    const { path } = await (await createTestApp(service.origin)).pushRequest()
    const devices = new Set<string | undefined>()
    const files = new Set<string | undefined>()
    for (const page of ['/account', path]) {
      const { status, headers, text } = await browser.open(page)
      expect([page, status]).toEqual([page, 200])
      devices.add(browser.cookies.get('dev-id'))
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['referrer-policy']).toBe('same-origin')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-frame-options']).toBe('DENY')
      const head = text.slice(0, text.indexOf('</head>'))
      for (const [, file] of head.matchAll(/"(\/oauth\/pages\.[^"]+)"/g)) files.add(file)
      expect(headers['strict-transport-security']).toBeUndefined()
      for (const line of headers['set-cookie'] ?? []) {
        if (!/^(dev|ses)-id=/.test(line)) continue
        expect(line).toMatch(/^(dev|ses)-id=\1-[0-9a-f]{32}\.[\w-]{43}; .*HttpOnly; SameSite=Lax$/)
      }
    }
    expect(browser.cookies.get('ses-id')).toContain('.')
    expect([...files]).toEqual(['/oauth/pages.css', '/oauth/pages.js'])
    const types = [...files].map(async (file) => {
      const { status, headers } = await fetch(`${url}${file}`)
      return [status, headers.get('content-type')]
    })
    expect(await Promise.all(types)).toEqual([
      [200, 'text/css; charset=utf-8'],
      [200, 'text/javascript; charset=utf-8'],
    ])
    expect((await fetch(`${url}/oauth/pages.js`, { method: 'POST' })).status).toBe(405)
    // The pages came from different processes.
    expect(devices.size).toBe(1)
  })

  it('malformed requests are refused', async () => {
    const compressed = await fetch(`${url}/oauth/par`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: 'not compressed',
    })
    expect([compressed.status, await compressed.json()]).toMatchObject([
      415,
      { error: 'invalid_request' },
    ])
    const file = await fetch(`${url}/@atproto/oauth-provider/~assets/%`)
    expect(file.status).toBe(404)
  })

  it('everything else is passed on', async () => {
    const { status } = await fetch(`${url}/xrpc/com.atproto.server.describeServer`)
    expect([404, 501]).toContain(status)
    const { status: lost } = await fetch(`${url}/accounts`)
    expect(lost).toBe(404)
  })
})

it('its pages are served through a fetch handler, which has no socket', async () => {
  const oauth = service.servers[0]?.middleware as OAuthMiddleware
  const handler = createServer().createFetchHandler({ middleware: [oauth] })
  const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const request = new Request(`${service.origin}/account`, { headers })
  const { status } = await handler(request, { remoteAddress: '192.0.2.1' })
  expect(status).toBe(200)
})

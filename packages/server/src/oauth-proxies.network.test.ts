import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTcpProxy, type TcpProxy } from '@lexwright/testing/network/tcp-proxy'
import {
  hasReverseProxy,
  type ReverseProxy,
  startReverseProxy,
} from '@lexwright/testing/programs/reverse-proxy'
import {
  accountOf,
  cleanUp,
  directory,
  person,
  postgresSetting,
  start,
} from '@lexwright/testing/programs/running-programs'
import { createTestApp, type TestApp } from '../../oauth/src/testing/app.ts'
import { createTestBrowser, type TestBrowser } from '../../oauth/src/testing/browser.ts'

const GET_SESSION = 'com.atproto.server.getSession'
/** Public origin, whose certificate the proxy would have. */
const ORIGIN = 'https://pds.example.com'
const alice = { ...person('alice'), handle: 'alice.pds.example.com' }

let balancer: TcpProxy
beforeAll(async () => {
  const data = await directory()
  const environment = {
    ...(await postgresSetting()),
    PDS_OAUTH_ENABLED: 'true',
    PDS_HOSTNAME: 'pds.example.com',
    PDS_TRUSTED_PROXIES: '1',
  }
  // The first process generates the secrets.
  const first = await start(data, environment)
  const second = await start(data, environment)
  await accountOf(first).create(alice)
  balancer = await startTcpProxy(first.port, second.port)
})
afterAll(async () => {
  await balancer.close()
  await cleanUp()
})

describe.each(['nginx', 'caddy'] as const)('two programs behind %s', (name) => {
  const test = hasReverseProxy(name, 'oauth-proxies.network.test.ts') ? it : it.skip
  let proxy: ReverseProxy
  let app: TestApp
  let browser: TestBrowser
  beforeAll(async () => {
    proxy = await startReverseProxy(name, { upstream: balancer.port, idleTimeout: 30 })
    app = await createTestApp(ORIGIN, 'atproto transition:email', { at: proxy.url })
    browser = createTestBrowser(ORIGIN, { at: proxy.url })
  })
  afterAll(() => proxy.stop())

  test('an app logs in, calls, refreshes and logs out through the public address only', async () => {
    const account = { username: alice.handle, password: alice.password }
    const first = await app.logIn(account)
    const called = await app.call(GET_SESSION, first)
    expect(called).toMatchObject({ status: 200, body: { email: alice.email } })
    const { body } = await app.refresh(first.refresh_token)
    expect((await app.call(GET_SESSION, body)).status).toBe(200)
    expect((await app.call(GET_SESSION, first)).status).toBe(401)
    expect((await app.revoke(body.refresh_token)).status).toBe(200)
    const elsewhere = { htu: `${proxy.url}/xrpc/${GET_SESSION}` }
    expect((await app.call(GET_SESSION, body, { proof: elsewhere })).status).toBe(401)
  })

  test('answers for apps allow pages of any origin, and are not cached', async () => {
    const origin = 'https://app.example.com'
    const pushed = await fetch(`${proxy.url}/oauth/par`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ client_id: app.clientId }),
    })
    const called = await fetch(`${proxy.url}/xrpc/${GET_SESSION}`, {
      headers: { origin, authorization: 'DPoP eyJ.a.b', dpop: 'eyJ.a.b' },
    })
    expect([pushed.status, called.status]).toEqual([400, 401])
    for (const { headers } of [pushed, called]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
      expect(headers.get('dpop-nonce')).toBeTruthy()
    }
    expect(pushed.headers.get('cache-control')).toBe('no-store')
    expect(called.headers.get('www-authenticate')).toMatch(/^DPoP /)
    expect(called.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    for (const path of ['/oauth/par', '/oauth/token', `/xrpc/${GET_SESSION}`]) {
      const preflight = await fetch(`${proxy.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'dpop,content-type',
        },
      })
      expect([path, preflight.ok]).toEqual([path, true])
      expect(preflight.headers.get('access-control-allow-headers')).toMatch(/dpop/i)
    }
  })

  test('pages keep their policies and cookies', async () => {
    const { status, headers } = await browser.open((await app.pushRequest()).path)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'strict-transport-security': expect.stringMatching(/^max-age=63072000/),
    })
    const policy = String(headers['content-security-policy'])
    expect(policy.replaceAll(/'sha256-[^']+'/g, "'sha256-…'")).toBe(
      "upgrade-insecure-requests; connect-src 'self'; default-src 'none'; frame-ancestors 'none'; img-src https:; script-src 'sha256-…' 'self'; style-src 'self'",
    )
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    const cookies = headers['set-cookie'] ?? []
    expect(cookies.filter((line) => /^(dev|ses)-id=/.test(line))).toHaveLength(2)
    for (const line of cookies) {
      expect(line).toMatch(/; Secure/)
      if (!line.startsWith('csrf-token')) {
        expect(line).toMatch(/^(dev|ses)-id=\1-[0-9a-f]{32}\.[\w-]{43}; .*HttpOnly.*SameSite=Lax/)
      }
    }
  })

  test('files of the pages are compressed and cached', async () => {
    const { text } = await browser.open('/account')
    const [, script = ''] = /src="([^"]*~assets\/[^"]+\.js)"/.exec(text) ?? []
    const asked = request(new URL(script, proxy.url), { headers: { 'accept-encoding': 'gzip' } })
    asked.end()
    const [{ headers, statusCode }] = await once(asked, 'response')
    asked.destroy()
    expect(statusCode).toBe(200)
    expect(headers['content-encoding']).toBe('gzip')
    expect(headers['cache-control']).toContain('immutable')
  })
})

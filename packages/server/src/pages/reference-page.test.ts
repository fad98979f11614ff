import { afterEach, expect, it } from '@jest/globals'
import { eraMethods, todaysMethods } from '@lexwright/account'
import openapi from '@lexwright/generated/openapi.json' with { type: 'json' }
import { Validator } from '@seriousme/openapi-schema-validator'
import { describeAccountApi } from './account-api.ts'
import { closeServers, documentIn, recursive, serve } from './testing/serve-document.ts'

const NAME = 'Bergamot & </script><script>'

afterEach(closeServers)

it('loads and calls its own origin only, in a sandbox that cannot be framed', async () => {
  const url = await serve(describeAccountApi(NAME))
  const response = await fetch(url)
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
    const file = await fetch(url + path, { method: 'HEAD' })
    expect([file.status, file.headers.get('content-type')]).toEqual([
      200,
      path?.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8',
    ])
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  }
  for (const path of ['/reference/swagger-ui.css', '/reference/../package.json']) {
    expect(await (await fetch(url + path)).text()).toMatch(/^GET /)
  }
})

it('has no origin if its methods answer any', async () => {
  const { headers } = await fetch(await serve(recursive, { withoutOrigin: true }))
  expect(headers.get('content-security-policy')).toMatch(/; sandbox allow-scripts allow-forms$/)
})

it('holds a valid OpenAPI document with the six methods first', async () => {
  const html = await (await fetch(await serve(describeAccountApi(NAME)))).text()
  const document = documentIn(html)
  expect(document).toEqual(describeAccountApi(NAME))
  expect(html).toContain('<title>Bergamot &amp; &lt;/script&gt;&lt;script&gt;</title>')
  expect(await new Validator().validate(document)).toMatchObject({ valid: true })
  const answered: readonly string[] = [...eraMethods, ...todaysMethods]
  const methods = Object.keys(openapi.paths)
    .map((path) => path.replace('/xrpc/', ''))
    .filter((method) => answered.includes(method))
  expect(methods).toHaveLength(answered.length)
  expect(Object.keys(documentIn(html).paths as object)).toEqual(
    methods.map((method) => `/xrpc/${method}`),
  )
  expect(methods.slice(0, 6)).toEqual(
    ['create', 'createInviteCode', 'delete', 'get', 'requestPasswordReset', 'resetPassword'].map(
      (method) => `com.atproto.account.${method}`,
    ),
  )
})

it('serves any document, adds little to its size, and passes other requests on', async () => {
  const url = await serve(recursive)
  const html = await (await fetch(url)).text()
  expect(documentIn(html)).toEqual(recursive)
  expect(html.length - JSON.stringify(recursive).length).toBeLessThan(1_000)
  expect(await (await fetch(`${url}/other?a=b`)).text()).toBe('GET /other?a=b')
  expect(await (await fetch(url, { method: 'POST' })).text()).toBe('POST /')
})

import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import { pino } from 'pino'
import { createApp } from './app.ts'
import { createReadiness } from './health.ts'

const logger = pino({ enabled: false })
/** True to treat callers as hosts of an entryway. */
let isHost = true
const app = createApp({
  methods: createServer(),
  gateway: (req, res, next) => {
    if (req.path === '/address') res.end(req.ip)
    else next()
  },
  trustProxy: (_, hop) => hop === 0 && isHost,
  resolveHandle: async () => '',
  serviceDocument: undefined,
  accountPages: undefined,
  ownDirectory: undefined,
  oauth: undefined,
  resetPasswordPage: undefined,
  apiPage: undefined,
  readiness: createReadiness({ ping: async () => {}, logger }),
  metrics: undefined,
  version: '1.2.3',
  logger,
})
const server = createHttpServer(app)
let origin: string
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('the address of a caller is trusted from hosts only', async () => {
  const ask = async (): Promise<string> => {
    const headers = { 'x-forwarded-for': '192.0.2.9, 203.0.113.7' }
    return await (await fetch(`${origin}/address`, { headers })).text()
  }
  expect(await ask()).toBe('203.0.113.7')
  isHost = false
  expect(await ask()).toBe('127.0.0.1')
})

it('calls that the gateway does not handle are served as usual', async () => {
  const response = await fetch(`${origin}/xrpc/_health`)
  expect(await response.json()).toEqual({ version: '1.2.3' })
})

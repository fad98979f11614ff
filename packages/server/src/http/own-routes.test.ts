import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import express from 'express'
import { ownRoutes } from './own-routes.ts'

describe('ownRoutes', () => {
  const routes = ownRoutes()
  for (const path of ['/metrics', '/xrpc/_health', '/.well-known/atproto-did']) {
    routes.get(path, (_req, res) => void res.end('found'))
  }
  const server = createServer(express().use(routes))
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => void server.close())

  /** The status for a path sent unchanged. */
  const ask = (path: string, method = 'GET'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo
      request({ port, path, method }, (res) => resolve(res.resume().statusCode))
        .on('error', reject)
        .end()
    })

  it.each(['/metrics', '/metrics?', '/metrics?x=/y', '/xrpc/_health', '/.well-known/atproto-did'])(
    'finds %s',
    async (path) => expect(await ask(path)).toBe(200),
  )

  it('does not echo requests', async () => {
    expect(await ask('/metrics', 'TRACE')).toBe(404)
  })

  it.each([
    '/METRICS',
    '/metrics/',
    '//metrics',
    '/%6detrics',
    '/metrics%2f',
    '/metrics;x',
    '/metrics#',
    '/metrics#x',
    '/metrics?x#',
    '/\\metrics',
    '/\\metrics#x',
    '/./metrics',
    '/x/../metrics',
    '/metrics%20',
    '/metrics%00',
    '/XRPC/_health',
    '/xrpc/_health/',
    '/xrpc//_health',
    '/xrpc/%5Fhealth',
    '/.WELL-KNOWN/atproto-did',
    '/%2ewell-known/atproto-did',
    '/.well-known/atproto-did/',
  ])('does not match %s', async (path) => expect(await ask(path)).toBe(404))
})

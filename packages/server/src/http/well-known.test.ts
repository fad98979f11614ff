import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { HandleNotFound, TemporarilyUnavailable } from '@lexwright/account'
import express from 'express'
import { describeService, wellKnownRoutes } from './well-known.ts'

const DID = 'did:plc:abcdefghijklmnopqrstuvwx'

describe('/.well-known/did.json', () => {
  const service = { hostname: 'pds.example.com', url: 'https://pds.example.com' }

  it('is only served for the did:web of the host', async () => {
    expect(describeService({ ...service, did: 'did:web:pds.example.com' })).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: 'did:web:pds.example.com',
      service: [
        {
          id: '#atproto_pds',
          type: 'AtprotoPersonalDataServer',
          serviceEndpoint: 'https://pds.example.com',
        },
      ],
    })
    expect(describeService({ ...service, did: 'did:web:example.com' })).toBeUndefined()
    expect(describeService({ ...service, did: DID })).toBeUndefined()
  })
})

describe('/.well-known/atproto-did', () => {
  const app = express()
  app.use(
    wellKnownRoutes({
      resolveHandle: async (handle) => {
        if (handle === 'alice.example.com') return DID
        if (handle === 'away.example.com') {
          throw new TemporarilyUnavailable('Try again', { retryAfterSeconds: 5 })
        }
        throw new HandleNotFound('No account has this handle')
      },
    }),
  )
  const server = createServer(app)
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => void server.close())

  /** `fetch` does not allow setting the host name. */
  async function ask(host: string, headers: Readonly<Record<string, string>> = {}) {
    const { port } = server.address() as AddressInfo
    const request = get({
      port,
      path: '/.well-known/atproto-did',
      headers: { host, connection: 'close', ...headers },
    })
    const [response] = await once(request, 'response')
    let body = ''
    for await (const bytes of response) body += String(bytes)
    return { status: response.statusCode, type: response.headers['content-type'], body }
  }

  it.each(['alice.example.com', 'alice.example.com:2583'])('answers on %s', async (host) => {
    expect(await ask(host)).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: DID,
    })
  })

  it.each(['example.com', 'bob.example.com', '[::1]:80', 'x'])(
    'is not found on %s',
    async (host) => {
      expect(await ask(host)).toMatchObject({ status: 404 })
    },
  )

  it('ignores a forwarded host without a trusted proxy', async () => {
    expect(await ask('bob.example.com', { 'x-forwarded-host': 'alice.example.com' })).toMatchObject(
      { status: 404 },
    )
  })

  it('answers 503 while the database is down', async () => {
    expect(await ask('away.example.com')).toMatchObject({ status: 503 })
  })
})

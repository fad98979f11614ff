import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import { json } from '../testing/connection.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request } from '../testing.ts'

describe('cacheControl', () => {
  const server = serviceOf(documents)
  server.method('io.example.out', {
    cacheControl: 'no-store',
    auth: ({ req }) => {
      if (req.headers.authorization === 'nobody') throw new AuthRequiredError('Who?')
      return { credentials: 1 }
    },
    handler: ({ params: { kind } }) => {
      if (kind === 'error') throw new InvalidRequestError('No')
      if (kind === 'own') {
        return { ...json({ n: 1 }), headers: { 'Cache-Control': 'max-age=5' } }
      }
      return json({ n: 1 })
    },
  })
  server.method('io.example.bare', () => {})

  it.each([
    ['the lane', {}],
    ['the stock server', { 'if-none-match': '"x"' }],
  ])('is in every answer of its method, unless the handler sets another, on %s', async (_, way) => {
    const answers = async (kind: string, headers = {}): Promise<unknown> => {
      const call = { params: { kind }, headers: { ...way, ...headers } }
      const { status, headers: received } = await request(server, 'io.example.out', call)
      return [status, received['cache-control']]
    }
    expect(await answers('plain')).toEqual([200, 'no-store'])
    expect(await answers('error')).toEqual([400, 'no-store'])
    expect(await answers('plain', { authorization: 'nobody' })).toEqual([401, 'no-store'])
    expect(await answers('own')).toEqual([200, 'max-age=5'])
    const { headers } = await request(server, 'io.example.bare', { headers: { ...way } })
    expect(headers).not.toHaveProperty('cache-control')
  })
})

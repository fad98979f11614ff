import { InvalidRequestError } from '@atproto/xrpc-server'
import { expect, it } from '@jest/globals'
import { json } from '../testing/connection.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request } from '../testing.ts'
import { noStore } from './no-store.ts'

it('noStore asks to keep neither answers nor errors, unless the handler says otherwise', async () => {
  const server = serviceOf(documents)
  server.addInterceptor(noStore, new Set(['io.example.outAny']))
  server.method('io.example.outAny', ({ params }: { params: { kind?: string } }) => {
    if (params.kind === 'error') throw new InvalidRequestError('No')
    if (params.kind === 'own') return { ...json({}), headers: { 'Cache-Control': 'max-age=5' } }
    return json({})
  })
  server.method('io.example.bare', () => {})
  const cacheControl = async (kind: string, headers = {}): Promise<unknown> => {
    const call = { params: { kind }, headers }
    return (await request(server, 'io.example.outAny', call)).headers['cache-control']
  }
  for (const headers of [{}, { 'if-none-match': '"x"' }]) {
    expect(await cacheControl('plain', headers)).toBe('no-store')
    expect(await cacheControl('error', headers)).toBe('no-store')
    expect(await cacheControl('own', headers)).toBe('max-age=5')
  }
  expect((await request(server, 'io.example.bare')).headers).not.toHaveProperty('cache-control')
})

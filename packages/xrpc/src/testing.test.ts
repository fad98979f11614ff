import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { documents } from './testing/documents.ts'
import { handlers } from './testing/handlers.ts'
import { serviceOf } from './testing/pair.ts'
import { request } from './testing.ts'

describe('request', () => {
  const service = serviceOf(documents)
  for (const [nsid, config] of handlers()) service.method(nsid, config)

  it('calls a query with parameters', async () => {
    const { status, body } = await request(service, 'io.example.params', {
      params: { s: 'a b', a: ['x', 'y'], i: 3, b: true, d: undefined },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      seen: expect.stringContaining("params: { a: [ 'x', 'y' ], b: true, d: 7, i: 3, s: 'a b' }"),
    })
  })

  it('calls a procedure with JSON, with headers', async () => {
    const { status, headers, body } = await request(service, 'io.example.auth', {
      input: { s: 'x' },
      headers: { authorization: 'me' },
    })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(body).toEqual({ seen: expect.stringContaining("credentials: { user: 'me' }") })
  })

  it('returns errors as values', async () => {
    expect(await request(service, 'io.example.auth', { input: { s: 'x' } })).toMatchObject({
      status: 401,
      body: { error: 'AuthMissing', message: 'No token' },
    })
  })

  it('calls a procedure without input', async () => {
    expect(await request(service, 'io.example.nothing')).toMatchObject({ status: 200 })
  })

  it('sends and returns bytes, and streams', async () => {
    const bytes = Buffer.from([0, 1, 255])
    expect((await request(service, 'io.example.blob', { input: bytes })).body).toEqual(bytes)
    const stream = Readable.from([Buffer.from('one '), Buffer.from('two')])
    const streamed = await request(service, 'io.example.blob', {
      input: stream,
      headers: { 'content-type': 'text/plain' },
    })
    expect(streamed.body).toBe('one two')
  })

  it('uses the stock server for calls that need a socket', async () => {
    expect(await request(service, 'io.example.unknown')).toMatchObject({
      status: 501,
      body: { error: 'MethodNotImplemented' },
    })
  })

  it('comes from the given address', async () => {
    const other = serviceOf(documents)
    other.method('io.example.outAny', ({ req }) => ({ encoding: 'text/plain', body: req.ip }))
    const { body } = await request(other, 'io.example.outAny', { remoteAddress: '192.0.2.7' })
    expect(body).toBe('192.0.2.7')
  })
})

import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import express from 'express'
import type { Middleware } from '../../http/middleware.ts'
import { exchange } from '../../testing/exchange.ts'
import { post } from '../../testing/requests.ts'
import { testServer } from '../../testing/serve.ts'

const server = testServer()
const blob = '/xrpc/io.example.blob'

describe('a method that takes any type', () => {
  const serve = (...middleware: Middleware[]): Promise<number> =>
    server.serve(
      async ({ input }) => ({
        encoding: 'text/plain',
        body: Buffer.isBuffer(input.body) ? 'bytes' : String(await buffer(input.body)),
      }),
      { middleware },
    )
  const ways = [blob, `${blob}/`]

  it('reports that a middleware has parsed its JSON body', async () => {
    const port = await serve(express.json() as Middleware)
    for (const way of ways) {
      const [answer] = await exchange(port, post(way, '{"a":1}'))
      expect(answer).toMatchObject({ status: 'HTTP/1.1 415 Unsupported Media Type' })
      expect(JSON.parse((answer as { body: string }).body)).toMatchObject({
        error: 'UnsupportedMediaType',
        message: expect.stringMatching(/application\/json.*express\.json\(\)/),
      })
    }
  })

  it('accepts untouched streams, and bytes collected by a middleware', async () => {
    const port = await serve(
      express.json() as Middleware,
      express.raw({ type: 'a/raw' }) as Middleware,
    )
    for (const way of ways) {
      const octets = { 'Content-Type': 'a/b' }
      expect(await exchange(port, post(way, 'text', octets))).toMatchObject([{ body: 'text' }])
      const raw = { 'Content-Type': 'a/raw' }
      expect(await exchange(port, post(way, 'text', raw))).toMatchObject([{ body: 'bytes' }])
    }
  })

  it('accepts JSON as a stream without middleware', async () => {
    const port = await serve()
    expect(await exchange(port, post(blob, '{"a":1}'))).toMatchObject([{ body: '{"a":1}' }])
  })
})

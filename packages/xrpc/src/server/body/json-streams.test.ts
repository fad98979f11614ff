import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { json } from '../../testing/connection.ts'
import { exchange } from '../../testing/exchange.ts'
import { get, post, utf8 } from '../../testing/requests.ts'
import { any, testServer } from '../../testing/serve.ts'

const server = testServer()
const raw = '/xrpc/io.example.raw'

describe('a stream declared as JSON', () => {
  const file = fileURLToPath(import.meta.url)

  it.each([
    ['of a file', () => createReadStream(file)],
    ['of values', () => Readable.from(['as it is'])],
  ])('%s is written as it comes', async (_, open) => {
    const port = await server.serve(() => json(open()))
    const expected = await text(open())
    for (const request of [get(any), post(raw, '{"s":"x"}')]) {
      expect(await exchange(port, request)).toMatchObject([{ body: utf8(expected) }])
    }
  })

  it('that fails ends the connection', async () => {
    const port = await server.serve(() => json(createReadStream(`${file}.missing`)))
    for (const request of [get(any), post(raw, '{"s":"x"}')]) {
      const answers = await exchange(port, request)
      expect(answers).not.toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    }
  })
})

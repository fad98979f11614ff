import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { open, until } from '../../testing/client.ts'
import { documents } from '../../testing/documents.ts'
import { exchange } from '../../testing/exchange.ts'
import { serviceOf } from '../../testing/pair.ts'
import { get, post } from '../../testing/requests.ts'
import { any, nothing, testServer } from '../../testing/serve.ts'
import type { AnyMethod } from '../adapter/xrpc-adapter.ts'

const { serve } = testServer()

/** A stream that never ends, like an open file or connection. */
function endless(): Readable {
  return new Readable({ read() {} })
}

const forms: Record<string, (stream: Readable) => object> = {
  'as a body': (body) => ({ encoding: 'a/b', body }),
  'as a stream': (stream) => ({ encoding: 'a/b', stream }),
}
const ways: Record<string, Record<string, string>> = {
  'on the lane': {},
  'on the stock server': { 'If-None-Match': '"x"' },
}
const each = Object.keys(forms).flatMap((form) => Object.keys(ways).map((way) => [form, way]))

describe('a stream that a handler returns', () => {
  it.each(each)('%s after its client has left is destroyed, %s', async (form, way) => {
    const stream = endless()
    let isAsked = false
    const port = await serve(async ({ res }) => {
      isAsked = true
      await until(() => res.closed)
      return forms[form]?.(stream)
    })
    const socket = await open(port, get(any, ways[way]))
    await until(() => isAsked)
    socket.destroy()
    await until(() => stream.destroyed)
  })

  it.each(each)('%s is destroyed when its client leaves, %s', async (form, way) => {
    const stream = endless()
    const port = await serve(() => forms[form]?.(stream))
    const socket = await open(port, get(any, ways[way]))
    await until(() => stream.listenerCount('end') > 0)
    socket.destroy()
    await until(() => stream.destroyed)
  })

  const refused: Record<string, (stream: Readable) => object> = {
    'of a type that the method does not have': (body) => ({ encoding: 'a/b', body }),
    'with a header that cannot be sent': (body) => ({
      encoding: 'a/b',
      body,
      headers: { 'X-Bad': 'a\nb' },
    }),
    'with an error': (body) => ({ status: 409, error: 'Conflict', body }),
  }
  it.each(Object.keys(refused).flatMap((kind) => Object.keys(ways).map((way) => [kind, way])))(
    '%s is destroyed, %s',
    async (kind, way) => {
      const stream = endless()
      const port = await serve(() => refused[kind]?.(stream))
      const path = kind.startsWith('of a type') ? '/xrpc/io.example.bare' : any
      const [answer] = await exchange(port, get(path, ways[way]))
      expect(answer).toMatchObject({ status: expect.stringMatching(/ (500|409) /) })
      await until(() => stream.destroyed)
    },
  )

  it('late from a procedure that continues is destroyed', async () => {
    const stream = endless()
    let isAsked = false
    const port = await serve(async ({ res }) => {
      isAsked = true
      await until(() => res.closed)
      return { encoding: 'a/b', stream }
    })
    const socket = await open(port, post(nothing, '', { 'Content-Type': '' }))
    await until(() => isAsked)
    socket.destroy()
    await until(() => stream.destroyed)
  })

  it('that fails to open has no effect after its client has left', async () => {
    let file: Readable | undefined
    const port = await serve(async ({ res }) => {
      await until(() => res.closed)
      file = createReadStream('/does/not/exist')
      return { encoding: 'a/b', stream: file }
    })
    const socket = await open(port, get(any))
    setImmediate(() => socket.destroy())
    await until(() => file?.closed === true)
  })

  it('is sent whole otherwise', async () => {
    const port = await serve(() => ({ encoding: 'a/b', body: Readable.from(['a', 'b', 'c']) }))
    for (const headers of Object.values(ways)) {
      expect(await exchange(port, get(any, headers))).toMatchObject([{ body: 'abc' }])
    }
  })
})

describe('a stream that a handler returns to the fetch handler', () => {
  const handlerOf = (method: AnyMethod) => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', method)
    return service.createFetchHandler()
  }
  const url = `http://host.test${any}`

  it('is destroyed when the call has been aborted', async () => {
    const stream = endless()
    const leaving = new AbortController()
    const serveFetch = handlerOf(async ({ res }) => {
      leaving.abort(new Error('gone'))
      await until(() => res.closed)
      return { encoding: 'a/b', stream }
    })
    const call = serveFetch(new Request(url, { signal: leaving.signal }))
    await expect(call).rejects.toThrow('gone')
    await until(() => stream.destroyed)
  })

  it('is destroyed when the body is not read to its end', async () => {
    const stream = Readable.from(
      (async function* () {
        for (;;) yield 'x'.repeat(70_000)
      })(),
    )
    const response = await handlerOf(() => ({ encoding: 'a/b', stream }))(new Request(url))
    await response.body?.cancel()
    await until(() => stream.destroyed)
  })
})

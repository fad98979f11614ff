import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { XRPCError, XrpcClient } from '@atproto/xrpc'
import { MessageFrame } from '@atproto/xrpc-server'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import express from 'express'
import { WebSocketServer } from 'ws'
import { AtpBaseClient } from '../testdata/accept/feed/expected/client.ts'
import {
  type ComExampleFeedHandlers,
  createServer,
  implement,
} from '../testdata/accept/feed/expected/index.ts'
import * as Defs from '../testdata/accept/feed/expected/types/com/example/feed/defs.ts'
import * as GetFeed from '../testdata/accept/feed/expected/types/com/example/feed/getFeed.ts'
import * as Post from '../testdata/accept/feed/expected/types/com/example/feed/post.ts'
import * as React from '../testdata/accept/feed/expected/types/com/example/feed/react.ts'
import * as Watch from '../testdata/accept/feed/expected/types/com/example/feed/watch.ts'

const post = (text: string): Post.Record => ({
  $type: 'com.example.feed.post',
  text,
  createdAt: '2026-01-01T00:00:00Z',
  lang: 'en',
  pinned: false,
})

const link = { $type: 'com.example.feed.defs#link' as const, uri: 'https://example.com' }

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

let seen: unknown
const handlers: ComExampleFeedHandlers = {
  getFeed: async ({ params }) => {
    seen = params
    if (params.feed.endsWith('/unknown')) throw new GetFeed.UnknownFeedError('no such feed')
    if (params.feed.endsWith('/blocked'))
      return { status: 403, error: 'BlockedError', message: 'blocked' }
    return {
      encoding: 'application/json',
      body: { posts: [link, { $type: 'com.example.new' }] },
    }
  },
  react: async ({ input }) => {
    seen = input.body
  },
  upload: async ({ input }) => {
    const chunks = await input.body.toArray()
    return {
      encoding: 'image/png',
      body: Readable.from([Buffer.concat(chunks).toString().toUpperCase()]),
    }
  },
  watch: async function* ({ params, signal }) {
    if (params.cursor === 99) throw new Watch.FutureCursorError('not yet')
    for (let seq = params.cursor ?? 0; !signal.aborted && seq < 1_000; seq++) {
      yield { $type: `com.example.feed.watch#${seq % 2 === 0 ? 'added' : 'removed'}`, seq }
    }
  },
}

let http: HttpServer
let origin: string
let client: AtpBaseClient
beforeAll(async () => {
  const server = createServer()
  implement(server.com.example.feed, handlers)
  // The library serves subscriptions once its router is mounted in a listening application.
  http = express().use(server.xrpc.router).listen(0)
  await once(http, 'listening')
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  client = new AtpBaseClient(origin)
})
afterAll(async () => {
  http.close()
  await once(http, 'close')
})

describe('a generated server and client over HTTP', () => {
  it('answers a query with defaults that the caller omits and the handler sees', async () => {
    const { data } = await client.com.example.feed.getFeed({ feed: 'at://did:example:a/x.y.z/1' })
    expect(seen).toEqual({ feed: 'at://did:example:a/x.y.z/1', limit: 50 })
    expect(data.posts).toHaveLength(2)
    const [first, second] = data.posts
    expect(Defs.isLink(first) && first.uri).toBe('https://example.com')
    expect(Defs.isLink(second)).toBe(false)
  })

  it('throws the caller the same error class that the handler threw', async () => {
    const call = client.com.example.feed.getFeed({ feed: 'at://did:example:a/x.y.z/unknown' })
    const error = await call.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(GetFeed.UnknownFeedError)
    expect(error).toMatchObject({ status: 400, error: 'UnknownFeed', message: 'no such feed' })
    expect((error as Error).cause).toBeInstanceOf(XRPCError)
  })

  it('passes a returned error with its status', async () => {
    const call = client.com.example.feed.getFeed({ feed: 'at://did:example:a/x.y.z/blocked' })
    const error = await call.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(GetFeed.BlockedError)
    expect(error).toMatchObject({ status: 403, error: 'BlockedError' })
  })

  it('leaves undeclared errors unchanged', async () => {
    const call = client.com.example.feed.getFeed({ feed: 'not a uri' })
    const error = await call.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(XRPCError)
    expect(error).not.toBeInstanceOf(GetFeed.UnknownFeedError)
    expect(error).toMatchObject({ status: 400, error: 'InvalidRequest' })
  })

  it('fills defaults into the input and applies the overlay', async () => {
    await client.com.example.feed.react({ subject: 'x', silent: true })
    expect(seen).toEqual({ subject: 'x', emoji: '👍', silent: true })
    await expect(
      client.com.example.feed.react({ subject: 'x', silent: 'yes' as unknown as boolean }),
    ).rejects.toMatchObject({ message: 'Input/silent must be a boolean' })
  })

  it('streams bodies without a schema', async () => {
    const { data } = await client.com.example.feed.upload('abc', { encoding: 'text/plain' })
    expect(new TextDecoder().decode(data)).toBe('ABC')
  })
})

describe('the call function of a single method', () => {
  // A client without documents.
  const bare = (): XrpcClient => new XrpcClient(origin, [])

  it('calls a query and a procedure, and throws declared errors', async () => {
    const { data } = await GetFeed.call(bare(), {
      feed: 'at://did:example:a/x.y.z/1',
      kinds: ['a', 'b'],
    })
    expect(data.posts).toHaveLength(2)
    expect(seen).toEqual({ feed: 'at://did:example:a/x.y.z/1', limit: 50, kinds: ['a', 'b'] })
    await React.call(bare(), { subject: 'x' })
    expect(seen).toEqual({ subject: 'x', emoji: '👍' })
    const failed = GetFeed.call(bare(), { feed: 'at://did:example:a/x.y.z/unknown' })
    await expect(failed).rejects.toBeInstanceOf(GetFeed.UnknownFeedError)
  })

  it('refuses an answer that does not match', async () => {
    const answer = (): Promise<Response> => Promise.resolve(Response.json({ posts: 'none' }))
    const liar = new XrpcClient({ service: origin, fetch: answer }, [])
    await expect(GetFeed.call(liar, { feed: 'at://did:example:a' })).rejects.toMatchObject({
      error: 'Invalid Response',
    })
  })
})

describe('a subscription', () => {
  it('yields typed messages until the server ends it', async () => {
    const messages: Watch.OutputSchema[] = []
    for await (const message of Watch.subscribe(origin, { cursor: 997 })) messages.push(message)
    expect(messages).toEqual([
      { $type: 'com.example.feed.watch#removed', seq: 997 },
      { $type: 'com.example.feed.watch#added', seq: 998 },
      { $type: 'com.example.feed.watch#removed', seq: 999 },
    ])
    expect(Watch.isAdded(messages[1]) && messages[1].seq).toBe(998)
  })

  it('throws the declared error of an error frame', async () => {
    const read = collect(Watch.subscribe(origin, { cursor: 99 }))
    await expect(read).rejects.toBeInstanceOf(Watch.FutureCursorError)
  })

  it('ends without an error when its signal is aborted', async () => {
    const stop = new AbortController()
    let count = 0
    for await (const _ of Watch.subscribe(origin, {}, { signal: stop.signal })) {
      if (++count === 10) stop.abort()
    }
    expect(count).toBe(10)
  })

  it('fails without a server, and when too many bytes are buffered', async () => {
    await expect(collect(Watch.subscribe('http://127.0.0.1:1'))).rejects.toBeInstanceOf(XRPCError)
    const slow = async (): Promise<void> => {
      for await (const _ of Watch.subscribe(origin, {}, { maxWaitingBytes: 500 })) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await expect(slow()).rejects.toMatchObject({ error: 'Consumer too slow' })
  })

  it('fails for a message that is not a frame or does not match', async () => {
    const wss = new WebSocketServer({ port: 0 })
    const { port } = wss.address() as AddressInfo
    const send = (bytes: Uint8Array): Promise<unknown> => {
      wss.once('connection', (socket) => socket.send(bytes))
      return collect(Watch.subscribe(`ws://127.0.0.1:${port}`))
    }
    await expect(send(Buffer.from('garbage'))).rejects.toThrow('The server sent no valid frame')
    const wrong = new MessageFrame({ seq: 'one' }, { type: '#added' }).toBytes()
    await expect(send(wrong)).rejects.toThrow('A message does not fit com.example.feed.watch')
    for (const socket of wss.clients) socket.terminate()
    await new Promise((resolve) => wss.close(resolve))
  })
})

describe('guards and validators of a definition', () => {
  it('narrow by $type and check the whole value', () => {
    const value: unknown = post('hello')
    expect(Post.isRecord(value)).toBe(true)
    expect(Post.isReplyRef(value)).toBe(false)
    expect(Post.validateRecord(value).success).toBe(true)
    const broken = Post.validateRecord({ ...post('hello'), text: 1 })
    expect(broken.success === false && broken.error.message).toBe('Record/text must be a string')
    const untyped = Post.validateRecord({ text: 'x' })
    expect(untyped.success === false && untyped.error.message).toBe(
      'Must be an object with "com.example.feed.post" $type property',
    )
  })
})

describe('implement', () => {
  it('does not compile if a handler is missing', () => {
    const server = createServer()
    const { react: _, ...incomplete } = handlers
    // @ts-expect-error Property 'react' is missing
    const complete: ComExampleFeedHandlers = incomplete
    expect(() => implement(server.com.example.feed, complete)).toThrow('No handler for react')
  })

  it('registers a whole tree at once and refuses unknown names', () => {
    const server = createServer()
    implement(server, { com: { example: { feed: handlers } } })
    expect(server.xrpc.subscriptions.has('com.example.feed.watch')).toBe(true)
    const misspelt = { ...handlers, raect: handlers.react }
    expect(() => implement(createServer().com.example.feed, misspelt)).toThrow(/no method raect/)
  })

  it('accepts a class instance, and binds its methods', async () => {
    class Feed implements ComExampleFeedHandlers {
      readonly posts = [link]
      readonly react = handlers.react
      readonly upload = handlers.upload
      readonly watch = handlers.watch
      async getFeed(): Promise<GetFeed.HandlerOutput> {
        return { encoding: 'application/json', body: { posts: this.posts } }
      }
    }
    const server = createServer()
    implement(server.com.example.feed, new Feed())
    const running = await server.listen({ port: 0 })
    const local = new AtpBaseClient(running.url)
    const { data } = await local.com.example.feed.getFeed({ feed: 'at://did:example:a/x.y.z/1' })
    expect(data.posts).toEqual([link])
    await running.close()
  })

  it('registers nothing if a nested namespace is missing', () => {
    const server = createServer()
    const nothing = { com: { example: {} } } as unknown as Parameters<
      typeof implement<typeof server>
    >[1]
    expect(() => implement(server, nothing)).toThrow('No handler for com.example.feed.getFeed')
    expect(server.xrpc.subscriptions.size).toBe(0)
  })

  it('does not take inherited Object members for handlers', async () => {
    const { createServer: create, implement: plugIn } = await import(
      '../testdata/accept/odd-names/expected/index.ts'
    )
    expect(() => plugIn(create().headers2.example, {} as never)).toThrow('No handler for toString')
  })
})

describe('documents that try to inject code', () => {
  it.each(['hostile-text', 'odd-names'])('%s loads without side effects', async (name) => {
    const { createServer: create } = await import(`../testdata/accept/${name}/expected/index.ts`)
    const { lexicons } = await import(`../testdata/accept/${name}/expected/lexicons.ts`)
    expect(create().xrpc).toBeDefined()
    expect([...lexicons].length).toBeGreaterThan(0)
  })

  it('keeps a __proto__ key of a document as an own key', async () => {
    const { schemaDict } = await import('../testdata/accept/odd-names/expected/lexicons.ts')
    expect(Object.hasOwn(schemaDict.ComExampleOdd.defs, '__proto__')).toBe(true)
  })
})

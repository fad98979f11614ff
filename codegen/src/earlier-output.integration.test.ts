/**
 * Runs code that the first generator for the entry `codegenv1` wrote on the present runtime; the type check compiles
 * it too. A change that breaks it needs a new versioned entry beside the old one.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { AtpBaseClient } from '../testdata/earlier/codegenv1/client.ts'
import { createServer, implement } from '../testdata/earlier/codegenv1/index.ts'
import { isLink } from '../testdata/earlier/codegenv1/types/com/example/feed/defs.ts'
import {
  call,
  UnknownFeedError,
} from '../testdata/earlier/codegenv1/types/com/example/feed/getFeed.ts'
import {
  assertRecord,
  validateRecord,
} from '../testdata/earlier/codegenv1/types/com/example/feed/post.ts'
import {
  FutureCursorError,
  subscribe,
} from '../testdata/earlier/codegenv1/types/com/example/feed/watch.ts'

const feed = 'at://did:plc:abc/com.example.feed.generator/1'
const link = { $type: 'com.example.feed.defs#link', uri: 'https://example.com/' } as const
const seen: unknown[] = []

const server = createServer()
implement(server.com.example.feed, {
  async getFeed({ params }) {
    seen.push(params)
    if (params.feed.endsWith('/none')) throw new UnknownFeedError('Not here')
    return { encoding: 'application/json', body: { posts: [link] } }
  },
  async react({ input }) {
    seen.push(input.body)
  },
  upload: async ({ input }) => ({ encoding: 'image/png', body: input.body }),
  async *watch({ params: { cursor = 0 } }) {
    if (cursor > 9) throw new FutureCursorError('Not yet')
    yield { $type: 'com.example.feed.watch#added', seq: cursor + 1 }
  },
})
let running: Awaited<ReturnType<typeof server.listen>>
let client: AtpBaseClient
beforeAll(async () => {
  running = await server.listen({ host: '127.0.0.1' })
  client = new AtpBaseClient(`http://127.0.0.1:${running.port}`)
})
afterAll(() => running.close(0))

it('calls a query, with its defaults filled in', async () => {
  const { data } = await client.com.example.feed.getFeed({ feed })
  expect(data.posts).toEqual([link])
  expect(data.posts.every(isLink)).toBe(true)
  expect((await call(client, { feed, limit: 5 })).data).toEqual(data)
  expect(seen.splice(0)).toEqual([
    { feed, limit: 50 },
    { feed, limit: 5 },
  ])
})

it('throws a declared error as its class', async () => {
  const params = { feed: feed.replace('/1', '/none') }
  for (const answer of [client.com.example.feed.getFeed(params), call(client, params)]) {
    const error = await answer.catch((e: unknown) => e)
    expect(error).toBeInstanceOf(UnknownFeedError)
    expect(error).toMatchObject({ status: 400, error: 'UnknownFeed', message: 'Not here' })
  }
})

it('calls procedures, and refuses what does not fit', async () => {
  seen.length = 0
  await client.com.example.feed.react({ subject: 'it' })
  expect(seen).toEqual([{ subject: 'it', emoji: '👍' }])
  const bytes = await client.com.example.feed.upload(new Uint8Array([0, 255]))
  expect([...bytes.data]).toEqual([0, 255])
  const wrong = await fetch(`http://127.0.0.1:${running.port}/xrpc/com.example.feed.react`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"subject":1}',
  })
  expect(await wrong.json()).toEqual({
    error: 'InvalidRequest',
    message: 'Input/subject must be a string',
  })
})

it('reads a subscription', async () => {
  const service = `ws://127.0.0.1:${running.port}`
  for await (const message of subscribe(service, { cursor: 4 })) seen.push(message)
  expect(seen.pop()).toEqual({ $type: 'com.example.feed.watch#added', seq: 5 })
  const late = subscribe(service, { cursor: 10 })[Symbol.asyncIterator]()
  await expect(late.next()).rejects.toBeInstanceOf(FutureCursorError)
})

it('validates records', () => {
  const post = { $type: 'com.example.feed.post', text: 'Hi', createdAt: '2026-01-01T00:00:00Z' }
  expect(validateRecord({ ...post, lang: null })).toMatchObject({ success: true })
  expect(() => assertRecord({ ...post, lang: 5 })).toThrow('Record/lang must be a string')
})

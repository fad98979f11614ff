import { BlobRef } from '@atproto/lexicon'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { CallError, Client, checked } from '@lexwright/xrpc/clientv1'
import { checkedValues } from '@lexwright/xrpc/clientv1/checked-values'
import { CID } from 'multiformats/cid'
import {
  BlockedError,
  getFeed,
  UnknownFeedError,
} from '../testdata/accept/feed/expected/calls/com/example/feed/getFeed.ts'
import { react } from '../testdata/accept/feed/expected/calls/com/example/feed/react.ts'
import { upload } from '../testdata/accept/feed/expected/calls/com/example/feed/upload.ts'
import { createServer } from '../testdata/accept/feed/expected/index.ts'
import { UnknownFeedError as ServedError } from '../testdata/accept/feed/expected/types/com/example/feed/getFeed.ts'
import { ComExampleFeedGetFeed$output } from '../testdata/accept/feed/expected/validators.ts'
import { default_ } from '../testdata/accept/odd-names/expected/calls/xrpc/example/default.ts'
import { XrpcExampleDefault$output } from '../testdata/accept/odd-names/expected/validators.ts'

const feed = 'at://did:plc:abc/com.example.feed.generator/1'
const link = { $type: 'com.example.feed.defs#link', uri: 'https://example.com/' } as const
const cid = CID.parse('bafkreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a')
const seen: unknown[] = []

const server = createServer()
let running: Awaited<ReturnType<typeof server.listen>>
let client: Client

beforeAll(async () => {
  const { com } = server
  com.example.feed.getFeed(async ({ params }) => {
    seen.push(params)
    if (params.feed.endsWith('/none')) throw new ServedError('Not here')
    const unknown = { $type: 'com.example.other', cid, image: new BlobRef(cid, 'image/png', 5) }
    return { encoding: 'application/json', body: { posts: [link, unknown] } }
  })
  com.example.feed.react(async ({ input }) => {
    seen.push(input.body)
  })
  com.example.feed.upload(async ({ input }) => ({ encoding: 'image/png', body: input.body }))
  running = await server.listen({ host: '127.0.0.1' })
  client = new Client(`http://127.0.0.1:${running.port}`)
})
afterAll(() => running.close(0))

it('calls a query, and decodes links and blobs', async () => {
  const { data, status } = await client.call(getFeed, { feed, kinds: ['a', 'b'], off: false })
  expect(status).toBe(200)
  expect(seen.pop()).toEqual({ feed, limit: 50, kinds: ['a', 'b'], off: false })
  const [first, second] = data.posts
  expect(first).toEqual(link)
  expect(second).toMatchObject({ cid, image: { ref: cid, mimeType: 'image/png', size: 5 } })
})

it('throws a declared error as its class', async () => {
  const error = await client.call(getFeed, { feed: feed.replace('/1', '/none') }).catch((e) => e)
  expect(error).toBeInstanceOf(UnknownFeedError)
  expect(error).toBeInstanceOf(CallError)
  expect(error).not.toBeInstanceOf(BlockedError)
  expect(error).toMatchObject({ status: 400, error: 'UnknownFeed', message: 'Not here' })
})

it('calls a procedure', async () => {
  const { data } = await client.call(react, { subject: 'it' })
  expect(data).toBeUndefined()
  expect(seen.pop()).toEqual({ subject: 'it', emoji: '👍' })
})

it('sends and reads bytes', async () => {
  const sent = new Uint8Array([0, 1, 255])
  const { data, headers } = await client.call(upload, new Blob([sent], { type: 'image/gif' }))
  expect([...data]).toEqual([0, 1, 255])
  expect(headers.get('content-type')).toBe('image/png')
})

it('validates an answer on request', async () => {
  const method = checkedValues(getFeed, ComExampleFeedGetFeed$output)
  const { data } = await client.call(method, { feed })
  expect(data.posts[1]).toMatchObject({ image: new BlobRef(cid, 'image/png', 5) })

  const wrong = new Client(async () => Response.json({ posts: [{ ...link, uri: 'none' }] }))
  expect(await wrong.call(getFeed, { feed })).toMatchObject({ status: 200 })
  await expect(wrong.call(method, { feed })).rejects.toMatchObject({
    status: 2,
    error: 'InvalidResponse',
    message: 'The answer does not fit com.example.feed.getFeed: It is not valid',
  })
})

it('validates a plain JSON answer', async () => {
  const method = checked(default_, XrpcExampleDefault$output)
  const answering = (body: unknown) => new Client(async () => Response.json(body)).call(method)
  expect(await answering({})).toMatchObject({ status: 200, data: {} })
  await expect(answering(null)).rejects.toMatchObject({ status: 2 })
  expect(() => checked(getFeed, ComExampleFeedGetFeed$output)).toThrow('use checkedValues() for it')
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secp256k1Keypair } from '@atproto/crypto'
import { createServiceAuth } from '@lexwright/xrpc/auth'
import { request } from '@lexwright/xrpc/testing'
import { AtpBaseClient } from '../generated/client.ts'
import { UnknownFeedError } from '../generated/types/app/bsky/feed/getFeedSkeleton.ts'
import { FutureCursorError, isAdded, subscribe } from '../generated/types/com/example/cats/watch.ts'
import { didDocument } from './did-document.ts'
import { handleEvent } from './firehose.ts'
import { Posts } from './posts.ts'
import { createServer } from './server.ts'

const did = 'did:web:feeds.example'
const feed = 'at://did:example:publisher/app.bsky.feed.generator/cats'
const post = (n: number, author = 'did:web:alice.example') =>
  `at://${author}/app.bsky.feed.post/${String(n).padStart(13, '2')}`

const keypair = await Secp256k1Keypair.create()
const verificationMethod = [
  {
    id: '#atproto',
    type: 'Multikey',
    controller: 'did:web:alice.example',
    publicKeyMultibase: keypair.did().slice('did:key:'.length),
  },
]
const resolver = { resolve: async (id: string) => ({ id, verificationMethod }) }

function createService() {
  const posts = new Posts()
  const server = createServer({ posts, did, publisher: 'did:example:publisher', resolver })
  const handler = server.createFetchHandler({
    cors: true,
    middleware: [didDocument('feeds.example')],
  })
  const fetch = (path: string, init?: RequestInit) =>
    handler(new Request(new URL(path, 'http://in.memory'), init))
  return { posts, server, fetch, client: new AtpBaseClient(fetch).app.bsky.feed }
}

describe('the feed generator, without a socket', () => {
  test('describes itself and its feeds', async () => {
    const { client, fetch } = createService()
    const { data } = await client.describeFeedGenerator()
    assert.deepEqual(data, { did, feeds: [{ uri: feed }] })
    const document = await (await fetch('/.well-known/did.json')).json()
    assert.equal(document.id, did)
  })

  test('returns pages of the feed, newest first', async () => {
    const { posts, client } = createService()
    for (let n = 1; n <= 5; n++) posts.add(post(n))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const { data } = await client.getFeedSkeleton({ feed, limit: 2, ...(cursor && { cursor }) })
      seen.push(...data.feed.map((one) => one.post))
      cursor = data.cursor
    } while (cursor !== undefined)
    assert.deepEqual(
      seen,
      [5, 4, 3, 2, 1].map((n) => post(n)),
    )
  })

  test('refuses unknown feeds', async () => {
    const { client } = createService()
    const other = feed.replace('cats', 'dogs')
    await assert.rejects(client.getFeedSkeleton({ feed: other }), UnknownFeedError)
  })

  test("hides the caller's own posts from an authenticated caller", async () => {
    const { posts, client, server } = createService()
    posts.add(post(1))
    posts.add(post(2, 'did:example:bob'))
    const headersFor = createServiceAuth({ iss: 'did:web:alice.example', aud: did, keypair })
    const headers = await headersFor('app.bsky.feed.getFeedSkeleton')
    const { data } = await client.getFeedSkeleton({ feed }, { headers })
    assert.deepEqual(data.feed, [{ post: post(2, 'did:example:bob') }])

    const wrong = { headers: await headersFor('app.bsky.feed.getFeed'), params: { feed } }
    const { status, body } = await request(server, 'app.bsky.feed.getFeedSkeleton', wrong)
    assert.deepEqual([status, (body as { error: string }).error], [401, 'BadJwtLexiconMethod'])
  })

  test('allows other origins to call', async () => {
    const { fetch } = createService()
    const origin = { headers: { Origin: 'https://app.example' } }
    const answer = await fetch('/xrpc/app.bsky.feed.describeFeedGenerator', origin)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  })

  test('adds posts about cats from the firehose, and removes deleted ones', async () => {
    const { posts, client } = createService()
    const event = (kind: 'create' | 'delete', n: number, text = '') =>
      handleEvent(
        { event: kind, uri: { toString: () => post(n) }, record: { text } } as never,
        posts,
      )
    await event('create', 1, 'A cat!')
    await event('create', 2, 'A dog!')
    await event('create', 3, 'Two cats.')
    await event('create', 3, 'Two cats.')
    await event('delete', 1)
    const { data } = await client.getFeedSkeleton({ feed })
    assert.deepEqual(data.feed, [{ post: post(3) }])
  })
})

describe('the subscription', () => {
  test('replays, and resumes without a gap after a restart of the service', async () => {
    const { posts, server } = createService()
    posts.add(post(1))
    let running = await server.listen({ host: '127.0.0.1' })
    const { port } = running
    const seen: string[] = []
    const resume = ({ seq }: { seq?: number }) => ({ cursor: seq })
    for await (const message of subscribe(running.url, { cursor: 0 }, { resume })) {
      if (isAdded(message)) seen.push(message.post)
      if (seen.length === 3) break
      if (seen.length === 1) posts.add(post(2))
      if (seen.length === 2) {
        await running.close()
        posts.add(post(3))
        running = await server.listen({ host: '127.0.0.1', port })
      }
    }
    await running.close()
    assert.deepEqual(seen, [post(1), post(2), post(3)])
  })

  test('refuses a future cursor', async () => {
    const running = await createService().server.listen({ host: '127.0.0.1' })
    await assert.rejects(async () => {
      for await (const _ of subscribe(running.url, { cursor: 7 }));
    }, FutureCursorError)
    await running.close()
  })
})

test('finishes calls under way when it is closed', async () => {
  const { server } = createService()
  const waiting: (() => void)[] = []
  const { promise: allArrived, resolve } = Promise.withResolvers<void>()
  const running = await server.listen({
    host: '127.0.0.1',
    middleware: [
      (_req, _res, next) => {
        if (waiting.push(next) === 20) resolve()
      },
    ],
  })
  const client = new AtpBaseClient(running.url).app.bsky.feed
  const calls = Array.from({ length: 20 }, () => client.getFeedSkeleton({ feed }))
  await allArrived
  const closed = running.close()
  for (const proceed of waiting) proceed()
  for (const { success } of await Promise.all(calls)) assert.ok(success)
  assert.equal(await closed, 0)
})

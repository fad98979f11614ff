import { XrpcClient } from '@atproto/xrpc'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { RecordClient } from './record-client.ts'

interface Post {
  $type: 'com.example.post'
  text: string
}

let sent: { readonly url: string; readonly body: unknown }[]
let answer: unknown
const client = new XrpcClient(async (url, init) => {
  const { body } = new Request('http://host', { ...init, duplex: 'half' } as RequestInit)
  sent.push({ url, body: body && (await new Response(body).json()) })
  return Response.json(answer)
}, [])
const posts = new RecordClient<Post>(client, 'com.example.post')
const stored = { uri: 'at://did:web:a/com.example.post/1', cid: 'bafy' }

beforeEach(() => {
  sent = []
  answer = stored
})

describe('a client of one collection', () => {
  it('lists and gets records', async () => {
    answer = { records: [{ ...stored, value: { text: 'a' } }] }
    const { records } = await posts.list({ repo: 'a.test', limit: 2, reverse: true })
    expect(records[0]?.value.text).toBe('a')
    answer = { ...stored, value: { text: 'b' } }
    expect((await posts.get({ repo: 'a.test', rkey: '1' })).value.text).toBe('b')
    expect(sent.map(({ url }) => url)).toEqual([
      '/xrpc/com.atproto.repo.listRecords?repo=a.test&limit=2&reverse=true&collection=com.example.post',
      '/xrpc/com.atproto.repo.getRecord?repo=a.test&rkey=1&collection=com.example.post',
    ])
  })

  it('creates, replaces and deletes records, and sets their type', async () => {
    const record = { $type: 'com.example.post', text: 'a' }
    const collection = 'com.example.post'
    expect(await posts.create({ repo: 'a.test' }, { text: 'a' })).toEqual(stored)
    expect(await posts.put({ repo: 'a.test', rkey: '1' }, { text: 'a' })).toEqual(stored)
    await posts.delete({ repo: 'a.test', rkey: '1' })
    expect(sent).toEqual([
      { url: '/xrpc/com.atproto.repo.createRecord', body: { repo: 'a.test', record, collection } },
      {
        url: '/xrpc/com.atproto.repo.putRecord',
        body: { repo: 'a.test', rkey: '1', record, collection },
      },
      {
        url: '/xrpc/com.atproto.repo.deleteRecord',
        body: { repo: 'a.test', rkey: '1', collection },
      },
    ])
  })

  it('creates the single record of a collection under its key', async () => {
    const only = new RecordClient<Post>(client, 'com.example.post', 'self')
    await only.create({ repo: 'a.test' }, { text: 'a' })
    expect(sent[0]?.body).toMatchObject({ rkey: 'self' })
  })

  it('refuses a malformed answer', async () => {
    answer = { records: 'none' }
    await expect(posts.list({ repo: 'a.test' })).rejects.toThrow('invalid response')
    answer = { uri: 'at://did:web:a/com.example.post/1' }
    await expect(posts.create({ repo: 'a.test' }, { text: 'a' })).rejects.toThrow(
      'invalid response',
    )
  })
})

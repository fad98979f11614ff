import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { serve } from '@hono/node-server'
import { AtpBaseClient } from '../generated/client.ts'
import { FileNotFoundError } from '../generated/types/com/example/file/get.ts'
import { NameTakenError } from '../generated/types/com/example/file/put.ts'
import { createApp } from './app.ts'
import { createServer } from './server.ts'

const host = serve({ fetch: createApp(createServer()).fetch, port: 0, hostname: '127.0.0.1' })
await once(host, 'listening')
after(() => host.close())

const inMemory = createServer().createFetchHandler()

/** The same tests with and without a network: the typed client accepts a function for `fetch`. */
const clients = {
  'in a framework, over a socket': new AtpBaseClient(
    `http://127.0.0.1:${(host.address() as AddressInfo).port}`,
  ),
  'in a test, without one': new AtpBaseClient((path, init) =>
    inMemory(new Request(new URL(path, 'http://in.memory'), init)),
  ),
}

for (const [where, client] of Object.entries(clients)) {
  describe(where, () => {
    const { file } = client.com.example
    const text = { encoding: 'text/markdown', qp: { name: 'notes/one' } }

    test('stores bytes and returns them', async () => {
      const { data } = await file.put('# One', text)
      assert.equal(data.size, 5)
      const got = await file.get({ name: 'notes/one' })
      assert.match(got.headers['content-type'] ?? '', /^text\/markdown/)
      assert.equal(Buffer.from(got.data).toString(), '# One')
    })

    test('accepts a Blob, which is sent as a stream', async () => {
      const blob = new Blob(['to ', 'be ', 'continued'])
      const { data } = await file.put(blob, { encoding: 'text/plain', qp: { name: 'blob' } })
      assert.equal(data.size, 15)
    })

    test('fills in defaults, and refuses what the lexicon does not allow', async () => {
      const { data } = await file.list({ prefix: 'notes/' })
      assert.deepEqual(data.names, ['notes/one'])
      await assert.rejects(file.list({ limit: 0 }), {
        status: 400,
        message: 'Error: limit can not be less than 1',
      })
    })

    test('throws declared errors as their classes', async () => {
      await assert.rejects(file.get({ name: 'nothing' }), FileNotFoundError)
      await assert.rejects(file.put('again', text), NameTakenError)
    })
  })
}

test('lets the framework change every answer', async () => {
  const { address, port } = host.address() as AddressInfo
  const response = await fetch(`http://${address}:${port}/xrpc/com.example.file.list`)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(await (await fetch(`http://${address}:${port}/`)).text(), 'Files, over XRPC')
})

test('rejects an aborted call', async () => {
  const signal = AbortSignal.abort(new Error('never mind'))
  const request = new Request('http://in.memory/xrpc/com.example.file.list', { signal })
  await assert.rejects(inMemory(request), { message: 'never mind' })
})

import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import { runIn } from '@lexwright/testing/third-party/runtimes'

const program = fileURLToPath(
  new URL('../../../testing/src/third-party/serve-fetch.ts', import.meta.url),
)

describe.each(['Bun', 'Deno'] as const)('a fetch handler in %s', (runtime) => {
  let child: ChildProcess | undefined
  let url: string
  beforeAll(async () => {
    const started = await runIn(runtime, program)
    child = started.process
    url = `http://127.0.0.1:${started.line}`
  })
  afterAll(() => {
    child?.kill()
  })

  it('answers queries and procedures', async () => {
    const { handle, account } = new AtpBaseClient(url).com.atproto
    const { data } = await handle.resolve({ handle: 'alice.test' })
    expect(data).toEqual({ did: 'did:web:alice.test' })
    const created = await account.create({
      handle: 'bob.test',
      email: 'bob@example.com',
      password: 'correct horse',
    })
    expect(created.data.handle).toBe('bob.test')
  })

  it('refuses input that violates the lexicon, and hides internal errors', async () => {
    const answer = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${url}/xrpc/${path}`, init)
      return [response.status, await response.json()]
    }
    expect(await answer('com.atproto.handle.resolve?handle=-')).toMatchObject([
      400,
      { error: 'InvalidRequest' },
    ])
    const body = JSON.stringify({ handle: 'carol.test' })
    const headers = { 'Content-Type': 'application/json' }
    expect(
      await answer('com.atproto.account.create', { method: 'POST', headers, body }),
    ).toMatchObject([
      400,
      { error: 'InvalidRequest', message: expect.stringMatching(/email|password/) },
    ])
    expect(await answer('com.atproto.handle.resolve?handle=broken.test')).toEqual([
      500,
      { error: 'InternalServerError', message: 'Internal Server Error' },
    ])
    expect(await answer('com.atproto.nothing.here')).toMatchObject([501, {}])
  })
})

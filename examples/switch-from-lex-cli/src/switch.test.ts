import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createPolls as createPollsOnLexCli } from './on-lex-cli.js'
import { createPolls as createPollsOnLexwright } from './on-lexwright.js'
import { type Call, calls } from './requests.js'

// Compiled to dist/src/.
const sources = join(import.meta.dirname, '..', '..', 'src')

test('only the import differs in the source', async () => {
  const [before, after] = await Promise.all(
    ['on-lex-cli.ts', 'on-lexwright.ts'].map(async (name) =>
      (await readFile(join(sources, name), 'utf8')).split('\n'),
    ),
  )
  assert.equal(before?.length, after?.length)
  assert.deepEqual(
    before?.flatMap((line, at) => (line === after?.[at] ? [] : [[line, after?.[at]]])),
    [
      [
        "import { createServer, type Server } from '../generated/lex-cli/index.js'",
        "import { createServer, type Server } from '../generated/lexwright/index.js'",
      ],
    ],
  )
})

async function listen(listener: RequestListener): Promise<string> {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  after(() => http.close())
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

async function answer(origin: string, { path, init }: Call): Promise<object> {
  const response = await fetch(`${origin}/xrpc/${path}`, init)
  const { status, headers } = response
  return {
    status,
    type: headers.get('content-type'),
    poll: headers.get('x-poll'),
    body: await response.text(),
  }
}

// Each service has its own votes, and gets every request in the same order.
const before = await listen(createPollsOnLexCli().xrpc.router)
const switched = await listen(createPollsOnLexwright().xrpc.router)
// In addition to the switch: the same service on the fast lane, a change of one word.
const faster = await listen(createPollsOnLexwright().listener)

describe('the same request gets the same status, type and body', () => {
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => {
      const expected = await answer(before, call)
      assert.deepEqual(await answer(switched, call), expected)
      assert.deepEqual(await answer(faster, call), expected)
    })
  }
})

test('the requests cover every kind of answer', async () => {
  const seen = new Set<number>()
  for (const call of Object.values(calls)) {
    seen.add((await fetch(`${switched}/xrpc/${call.path}`, call.init)).status)
  }
  assert.deepEqual([...seen].sort(), [200, 400, 401, 413, 415, 501])
})

import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from '@jest/globals'
import { alice, bearer, hostAt, serve, startEntryway } from './testing/local-hosts.ts'

const CHUNK = Buffer.alloc(1024 * 1024, 'x')
const CHUNKS = 100

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Memory in use by this process, which is client, entryway and host at once, in bytes. */
function used(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('streams 100 MB both ways with only a few MB in memory', async () => {
  let most = 0
  const watch = async function* (source: AsyncIterable<Buffer>) {
    let seen = 0
    for await (const chunk of source) {
      seen += chunk.length
      if (seen > 10 * CHUNK.length) {
        seen = 0
        most = Math.max(most, used())
      }
      yield chunk
    }
  }
  const pds = await serve(async (req, res) => {
    if (req.method === 'GET') {
      await pipeline(Readable.from(Array(CHUNKS).fill(CHUNK)), watch, res)
      return
    }
    let received = 0
    for await (const chunk of watch(req)) received += chunk.length
    res.end(JSON.stringify({ received }))
  })
  const entryway = await startEntryway()
  entryway.accounts.set(alice, hostAt('a', pds.url))
  const url = `${entryway.url}/xrpc/com.atproto.repo.uploadBlob`
  const headers = bearer({ sub: alice, aud: 'did:web:a.test' })
  const before = used()

  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const upload = request(url, { method: 'POST', headers }, resolve)
    pipeline(Readable.from(Array(CHUNKS).fill(CHUNK)), upload).catch(reject)
  })
  expect(await json(answer)).toEqual({ received: CHUNKS * CHUNK.length })

  let read = 0
  const { body } = await fetch(url, { headers })
  for await (const chunk of body ?? []) read += chunk.length
  expect(read).toBe(CHUNKS * CHUNK.length)
  expect(most - before).toBeLessThan(50 * CHUNK.length)
  await entryway.close()
  await pds.close()
})

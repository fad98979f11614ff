import { IdResolver } from '@atproto/identity'
import { didDocument } from './did-document.ts'
import { followFirehose } from './firehose.ts'
import { Posts } from './posts.ts'
import { createServer } from './server.ts'

const { HOSTNAME = 'feeds.example', PUBLISHER = 'did:example:publisher' } = process.env
const { PORT = '3000', FIREHOSE = 'wss://bsky.network' } = process.env
const { PLC_URL = 'https://plc.directory' } = process.env

const posts = new Posts()
const idResolver = new IdResolver({ plcUrl: PLC_URL, fetch: globalThis.fetch })
const firehose = followFirehose({ service: FIREHOSE, idResolver, posts })
const server = createServer({
  posts,
  did: `did:web:${HOSTNAME}`,
  publisher: PUBLISHER,
  resolver: idResolver.did,
})
const running = await server.listen({
  port: Number(PORT),
  cors: true,
  middleware: [didDocument(HOSTNAME)],
})
console.log(`${running.url}/xrpc/app.bsky.feed.describeFeedGenerator`)

// Finishes calls under way; subscribers are disconnected and come back with their cursor.
process.once('SIGTERM', async () => {
  await firehose.destroy()
  await running.close()
})

import { createServer, type Server } from 'node:http'

const record = JSON.stringify({
  uri: 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k',
  cid: 'bafyreig2fjxi3rptqdgylg7e5hmjl6mcke7rn2b6cugzlqq3i4zu6rq52q',
  value: { $type: 'app.bsky.feed.post', text: 'Hello!', createdAt: '2026-01-01T00:00:00.000Z' },
})

/** A minimal PDS: answers every call with the same record. */
export function start(): Server {
  return createServer((req, res) => {
    req.resume()
    res.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': record.length,
    })
    res.end(record)
  })
}

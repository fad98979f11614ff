import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf, startOnCore, usageOf } from './process.ts'

const MB = 1_000_000

interface Upload {
  readonly name: string
  readonly path: string
  readonly type: string
  readonly bytes: number
  readonly atOnce: number
}

const uploads: readonly Upload[] = [
  {
    name: '1 MB of JSON',
    path: 'com.example.json',
    type: 'application/json',
    bytes: MB,
    atOnce: 16,
  },
  {
    name: 'a stream of 100 MB',
    path: 'com.example.bytes',
    type: 'a/b',
    bytes: 100 * MB,
    atOnce: 8,
  },
]

/** Measures the peak memory of large bodies, and prints a table. */
export async function measureMemory(): Promise<void> {
  console.log('\n### Large bodies\n')
  console.log('| Body | at once | memory before | at its peak | for each |')
  console.log('|---|---:|---:|---:|---:|')
  for (const upload of uploads) await measure(upload)
}

async function measure(upload: Upload): Promise<void> {
  const server = startOnCore(0, 'serve.ts', ['bodies'])
  const port = Number((await messageOf<{ address: string }>(server)).address)
  await send(port, { ...upload, bytes: 1000 })
  const before = (await usageOf(server)).rss
  let peak = before
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      peak = Math.max(peak, (await usageOf(server)).rss)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  await Promise.all(Array.from({ length: upload.atOnce }, () => send(port, upload)))
  isDone = true
  await watching
  server.kill()
  const [start, top] = [before / MB, peak / MB]
  const each = (top - start) / upload.atOnce
  const figures = [start, top, each].map((figure) => `${figure.toFixed(1)} MB`).join(' | ')
  console.log(`| ${upload.name} | ${upload.atOnce} | ${figures} |`)
}

async function send(port: number, { path, type, bytes }: Upload): Promise<void> {
  const sent = request({
    port,
    path: `/xrpc/${path}`,
    method: 'POST',
    headers: { 'Content-Type': type, 'Content-Length': bytes },
  })
  const answered = new Promise<void>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (res) => {
      res.resume()
      if (res.statusCode === 200) resolve()
      else reject(new Error(`The server answered ${res.statusCode}`))
    })
  })
  await pipeline(Readable.from(pieces(bytes, type)), sent)
  await answered
}

/** A body of the given size; for JSON, a string in an array. */
function* pieces(bytes: number, type: string): Generator<Buffer> {
  const [open, close] = type === 'application/json' ? ['["', '"]'] : ['', '']
  yield Buffer.from(open)
  const piece = Buffer.alloc(65_536, 'x')
  for (let left = bytes - open.length - close.length; left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece
  }
  yield Buffer.from(close)
}

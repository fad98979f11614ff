import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hasReverseProxy, startReverseProxy } from '../programs/reverse-proxy.ts'
import { hasBrowser, openBrowser } from '../third-party/browser.ts'
import { startPlcDirectory } from '../third-party/plc-directory.ts'
import { type OfficialPds, startOfficialPds } from './start-official-pds.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const EXAMPLE = join(ROOT, 'examples/feed-service')
/** A folder below which the example finds its third-party packages. */
const SCRATCH = join(import.meta.dirname, '../third-party/.tmp')
const THIS_FILE = 'feed-service.network.test.ts'
const feed = 'at://did:example:publisher/app.bsky.feed.generator/cats'

let pds: OfficialPds
let plcUrl: string
let folder: string
let service: ChildProcess
let origin: string
let post: (text: string) => Promise<string>
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const plc = await startPlcDirectory()
  cleanups.push(() => plc.close())
  plcUrl = plc.url
  pds = await startOfficialPds({ plcUrl })
  cleanups.push(() => pds.close())
  post = await signUp()
  await mkdir(SCRATCH, { recursive: true })
  folder = await mkdtemp(join(SCRATCH, 'feed-service-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  await cp(EXAMPLE, folder, {
    recursive: true,
    filter: (path) => !/node_modules|generated/.test(path.slice(EXAMPLE.length)),
  })
  await once(run(folder, join(ROOT, 'codegen/src/cli.ts'), 'generate'), 'exit')
  service = run(folder, 'src/main.ts')
  cleanups.push(async () => service.kill('SIGKILL'))
  const lines = createInterface({ input: service.stdout as NodeJS.ReadableStream })
  const [line] = await once(lines, 'line')
  origin = new URL(line).origin
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

function run(cwd: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=@lexwright/source', ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      PORT: '0',
      HOSTNAME: 'feeds.example',
      PUBLISHER: 'did:example:publisher',
      FIREHOSE: pds.url.replace('http', 'ws'),
      PLC_URL: plcUrl,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** @returns a function that posts as a new user and returns the URI of the post */
async function signUp(): Promise<typeof post> {
  const call = async (nsid: string, body: object, token?: string) => {
    const response = await fetch(`${pds.url}/xrpc/${nsid}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Readonly<Record<'did' | 'accessJwt' | 'uri', string>>
  }
  const account = { handle: 'alice.test', email: 'alice@example.com', password: 'correct horse' }
  const { did, accessJwt } = await call('com.atproto.server.createAccount', account)
  return async (text) => {
    const collection = 'app.bsky.feed.post'
    const record = { $type: collection, text, createdAt: new Date().toISOString() }
    const input = { repo: did, collection, record }
    return (await call('com.atproto.repo.createRecord', input, accessJwt)).uri
  }
}

/** The generated subscription of the example. */
interface Watch {
  subscribe(service: string, params: object, options: object): AsyncIterable<Change>
}

interface Change {
  readonly seq: number
  readonly post: string
}

async function readFeed(): Promise<readonly string[]> {
  const query = new URLSearchParams({ feed })
  const response = await fetch(`${origin}/xrpc/app.bsky.feed.getFeedSkeleton?${query}`)
  const { feed: posts } = (await response.json()) as { feed: { post: string }[] }
  return posts.map((one) => one.post)
}

describe('the example of a feed generator', () => {
  it('serves the posts of a PDS it follows to a page of another origin', async () => {
    const dog = await post('A dog.')
    const cats: string[] = []
    // The service may not be connected yet, and starts with new posts.
    while ((await readFeed()).length === 0) {
      cats.push(await post('A cat!'))
      await delay(200)
    }
    const [first = ''] = (await readFeed()).slice(-1)
    expect(cats).toContain(first)
    expect(await readFeed()).not.toContain(dog)
    if (!hasBrowser(THIS_FILE)) return

    const page = await readFile(join(EXAMPLE, 'page/index.html'))
    const site = createServer((_, res) => void res.end(page)).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const browser = await openBrowser({ javaScriptEnabled: true, width: 800 })
    const tab = await browser.context.newPage()
    const { port } = site.address() as AddressInfo
    await tab.goto(`http://127.0.0.1:${port}/?service=${encodeURIComponent(origin)}`)
    expect(await tab.locator('#posts li').last().textContent()).toBe(first)
    await browser.close()
    site.closeAllConnections()
    site.close()
  })

  const behindNginx = hasReverseProxy('nginx', THIS_FILE) ? it : it.skip
  behindNginx('replays its own subscription, and again when nginx cuts a quiet one', async () => {
    const upstream = Number(new URL(origin).port)
    const proxy = await startReverseProxy('nginx', { upstream, idleTimeout: 1 })
    cleanups.push(() => proxy.stop())
    const { subscribe }: Watch = await import(
      join(folder, 'generated/types/com/example/cats/watch.ts')
    )
    const seen: number[] = []
    let meanwhile: Promise<string> | undefined
    const options = {
      resume: ({ seq }: { seq?: number }) => ({ cursor: seq }),
      pingInterval: 0,
      onReconnect: () => {
        meanwhile ??= post('A cat that comes meanwhile.')
      },
    }
    for await (const change of subscribe(proxy.url, { cursor: 0 }, options)) {
      seen.push(change.seq)
      if (change.post === (await meanwhile)) break
    }
    expect(seen.length).toBeGreaterThan(1)
    expect(seen).toEqual(seen.map((_, n) => n + 1))
  })

  it('finishes every call during shutdown', async () => {
    const agent = new Agent({ keepAlive: true })
    const url = `${origin}/xrpc/app.bsky.feed.describeFeedGenerator`
    const ends: string[] = []
    let answered = 0
    const callOnAndOn = async (): Promise<void> => {
      for (;;) {
        const answer = new Promise<number | undefined>((resolve, reject) => {
          get(url, { agent }, (res) =>
            res.resume().once('end', () => resolve(res.statusCode)),
          ).once('error', reject)
        })
        expect(await answer).toBe(200)
        answered++
      }
    }
    const callers = Array.from({ length: 8 }, () =>
      callOnAndOn().catch((error: NodeJS.ErrnoException) => void ends.push(String(error.code))),
    )
    while (answered < 100) await delay(5)
    const exit = once(service, 'exit')
    service.kill('SIGTERM')
    await Promise.all(callers)
    // New connections are refused; no other call fails.
    expect(ends).toEqual(Array(8).fill('ECONNREFUSED'))
    expect(await exit).toEqual([0, null])
    agent.destroy()
  })
})

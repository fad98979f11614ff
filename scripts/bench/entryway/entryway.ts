import type { ChildProcess } from 'node:child_process'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import autocannon from 'autocannon'
import { startOfficial } from '../account/official-pds.ts'
import { messageOf, startOnCore, usageOf } from '../http/process.ts'
import { measureLogIns } from './log-ins.ts'

/** Rounds of each, alternating. The median counts. */
const ROUNDS = 5
const SECONDS = 3
const READS = 500
const DID = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const METHOD = '/xrpc/com.atproto.repo.getRecord'

/** Measures the cost of a proxied read and of a log-in, and prints tables. The proxies have their own core. */
export async function run(): Promise<void> {
  await compareProxies()
  await compareWithDirect()
  await measureLogIns()
}

/** Proxies in front of an idle host. */
async function compareProxies(): Promise<void> {
  const host = await start('host', 1)
  const peers = [
    { name: 'bare undici proxy', ...(await start('undici', 0, host.url)) },
    { name: 'entryway', ...(await start('entryway', 0, host.url)) },
  ]
  const measured = peers.map(() => ({ calls: [] as number[], cpu: [] as number[] }))
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, peer] of peers.entries()) {
      const { callsPerSecond, cpu } = await load(peer)
      // The first round is a warm-up.
      if (round < 0) continue
      measured[index]?.calls.push(callsPerSecond)
      measured[index]?.cpu.push(cpu)
    }
  }
  const rows = peers.map(({ name }, index) => ({
    name,
    calls: median(measured[index]?.calls ?? []),
    cpu: median(measured[index]?.cpu ?? []),
  }))
  const bare = rows[0]?.cpu ?? Number.NaN
  console.log('\n### A read through a proxy on one core, 32 connections\n')
  console.log('| Proxy | calls/s | CPU µs/call | of bare, by CPU |')
  console.log('|---|---:|---:|---:|')
  for (const { name, calls, cpu } of rows) {
    const share = `${Math.round((bare / cpu) * 100)} %`
    console.log(`| ${name} | ${Math.round(calls)} | ${cpu.toFixed(1)} | ${share} |`)
  }
  for (const { process } of [host, ...peers]) process.kill()
}

interface Peer {
  readonly process: ChildProcess
  readonly url: string
}

async function start(peer: string, core: number, host = ''): Promise<Peer> {
  const script = join('..', 'entryway', 'serve.ts')
  const process = startOnCore(core, script, [peer, host])
  return { process, ...(await messageOf<{ url: string }>(process)) }
}

async function load({ process, url }: Peer): Promise<{ callsPerSecond: number; cpu: number }> {
  const before = (await usageOf(process)).cpu
  const { requests, errors, non2xx } = await autocannon({
    url: `${url}${METHOD}?repo=${DID}&collection=app.bsky.feed.post&rkey=3k`,
    connections: 32,
    duration: SECONDS,
  })
  if (errors + non2xx > 0) throw new Error(`${errors + non2xx} calls failed`)
  const cpu = ((await usageOf(process)).cpu - before) / requests.total
  return { callsPerSecond: requests.average, cpu }
}

/** One call at a time, alternating between the official PDS and the entryway. */
async function compareWithDirect(): Promise<void> {
  const pds = await startOfficial()
  const entryway = await start('entryway', 0, pds.url)
  const path = await writePost(pds.url)
  const agent = new Agent({ keepAlive: true })
  const direct: number[] = []
  const proxied: number[] = []
  for (let n = -READS; n < READS; n++) {
    const times = [
      await read(pds.url + path, agent),
      await read(entryway.url + path, agent),
    ] as const
    // The first half is a warm-up.
    if (n < 0) continue
    direct.push(times[0])
    proxied.push(times[1])
  }
  const [alone, through] = [median(direct), median(proxied)]
  console.log('\n### `com.atproto.repo.getRecord` of the official PDS, one call at a time\n')
  console.log('| | median ms | of direct |')
  console.log('|---|---:|---:|')
  console.log(`| direct | ${alone.toFixed(2)} | 1.00 |`)
  console.log(`| through the entryway | ${through.toFixed(2)} | ${(through / alone).toFixed(2)} |`)
  agent.destroy()
  entryway.process.kill()
  await pds.stop()
}

/** @returns the path of a call that reads it */
async function writePost(url: string): Promise<string> {
  const call = async (nsid: string, body: object, token?: string) => {
    const response = await fetch(`${url}/xrpc/${nsid}`, {
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
  const collection = 'app.bsky.feed.post'
  const record = { $type: collection, text: 'Hello!', createdAt: new Date().toISOString() }
  const { uri } = await call(
    'com.atproto.repo.createRecord',
    { repo: did, collection, record },
    accessJwt,
  )
  const rkey = uri.slice(uri.lastIndexOf('/') + 1)
  return `${METHOD}?${new URLSearchParams({ repo: did, collection, rkey })}`
}

/** Milliseconds. */
async function read(url: string, agent: Agent): Promise<number> {
  const started = performance.now()
  await new Promise<void>((resolve, reject) => {
    get(url, { agent }, async (answer) => {
      await buffer(answer)
      if (answer.statusCode === 200) resolve()
      else reject(new Error(`A read was answered ${answer.statusCode}`))
    }).once('error', reject)
  })
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

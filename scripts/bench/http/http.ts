import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawBars } from './draw-bars.ts'
import { measureMemory } from './memory.ts'
import { measureOptions } from './options.ts'
import { messageOf, startOnCore, usageOf } from './process.ts'
import { measureServiceAuth } from './service-auth.ts'
import { type Workload, workloads } from './work.ts'

/** Rounds in which all peers and workloads alternate. The median of each counts. */
const ROUNDS = 11
/** Short, so that the servers of a round share the disturbances of a virtual machine. */
const SECONDS = 0.7
const WARM_UP_SECONDS = 2

interface Peer {
  readonly name: string
  readonly module: string
  readonly start?: string
  /** The stock server with the same options. */
  readonly stock?: string
}

const BARE = 'bare `node:http`'
const STOCK = '`@atproto/xrpc-server`'
const peers: readonly Peer[] = [
  { name: BARE, module: 'bare' },
  { name: `${BARE}, with a rate limit`, module: 'bare', start: 'startLimited' },
  { name: 'fastify', module: 'fastify' },
  { name: '`@atcute/xrpc-server`', module: 'atcute' },
  { name: STOCK, module: 'stock' },
  { name: `${STOCK}, with a verifier`, module: 'stock', start: 'startVerified' },
  { name: `${STOCK}, with a rate limit`, module: 'stock', start: 'startLimited' },
  { name: 'Lexwright', module: 'lane', stock: STOCK },
  {
    name: 'Lexwright, with a verifier that reads a header',
    module: 'lane',
    start: 'startVerified',
    stock: `${STOCK}, with a verifier`,
  },
  {
    name: 'Lexwright, with a rate limit',
    module: 'lane',
    start: 'startLimited',
    stock: `${STOCK}, with a rate limit`,
  },
  { name: 'Lexwright, with CORS', module: 'lane', start: 'startWithCors', stock: STOCK },
  {
    name: 'Lexwright, with a middleware that sets a header',
    module: 'lane',
    start: 'startWithMiddleware',
    stock: STOCK,
  },
  {
    name: 'Lexwright, with an interceptor',
    module: 'lane',
    start: 'startIntercepted',
    stock: STOCK,
  },
  { name: 'Lexwright, reading `req`', module: 'lane', start: 'startReading', stock: STOCK },
]

interface Measurement {
  readonly callsPerSecond: number
  /** Server CPU time per call, in microseconds. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p99: number
}

/** Measures the calls per second on one core, and prints a table. Server and load each have their own core. */
export async function run(): Promise<void> {
  const servers = await Promise.all(peers.map(startServer))
  try {
    for (const workload of workloads) {
      const measured = await measureWorkload(workload, servers)
      print(workload, measured)
      if (workload.method === 'POST') await draw(measured)
    }
  } finally {
    for (const { process } of servers) process.kill()
  }
  await measureOptions()
  await measureServiceAuth()
  await measureMemory()
}

interface RunningPeer {
  readonly peer: Peer
  readonly process: ChildProcess
  readonly address: string
}

async function startServer(peer: Peer): Promise<RunningPeer> {
  const process = startOnCore(0, 'serve.ts', [peer.module, peer.start ?? 'start'])
  return { peer, process, ...(await messageOf<{ address: string }>(process)) }
}

type Measured = ReadonlyMap<Peer, readonly Measurement[]>

async function measureWorkload(
  workload: Workload,
  servers: readonly RunningPeer[],
): Promise<Measured> {
  const measured = new Map<Peer, Measurement[]>()
  for (const server of servers) await load(server, workload, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      const earlier = measured.get(server.peer) ?? []
      measured.set(server.peer, [...earlier, await measure(server, workload)])
    }
  }
  return measured
}

async function measure(server: RunningPeer, workload: Workload): Promise<Measurement> {
  const before = (await usageOf(server.process)).cpu
  const { calls, seconds, p99 } = await load(server, workload, SECONDS)
  return {
    callsPerSecond: calls / seconds,
    cpu: ((await usageOf(server.process)).cpu - before) / calls,
    p99,
  }
}

interface Load {
  readonly calls: number
  readonly seconds: number
  readonly p99: number
}

async function load({ address }: RunningPeer, workload: Workload, seconds: number): Promise<Load> {
  const process = startOnCore(1, 'load.ts', [address, String(seconds), JSON.stringify(workload)])
  return await messageOf<Load>(process)
}

/** The picture in the README: servers without options. */
async function draw(measured: Measured): Promise<void> {
  const bars = [...measured].flatMap(([{ name, start }, rounds]) => {
    const value = median(rounds.map(({ callsPerSecond }) => callsPerSecond))
    return start === undefined ? [{ name: name.replaceAll('`', ''), value }] : []
  })
  const svg = drawBars('A procedure with JSON in and out, calls a second on one core', bars)
  await writeFile(join(import.meta.dirname, '../../../docs/calls.svg'), svg)
}

function print({ name, method, path }: Workload, measured: Measured): void {
  const named = new Map([...measured].map(([peer, rounds]) => [peer.name, rounds]))
  console.log(`\n### A ${name}: \`${method} ${path}\`, 32 connections\n`)
  console.log('| Server | calls/s | of bare | times stock | CPU µs/call | p99 ms |')
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const [peer, rounds] of measured) {
    const share = `${Math.round(ratio(rounds, named.get(BARE)) * 100)} %`
    const times = peer.stock ? ratio(rounds, named.get(peer.stock)).toFixed(1) : ''
    const cells = [
      Math.round(median(rounds.map(({ callsPerSecond }) => callsPerSecond))),
      share,
      times,
      median(rounds.map(({ cpu }) => cpu)).toFixed(1),
      median(rounds.map(({ p99 }) => p99)).toFixed(2),
    ]
    console.log(`| ${peer.name} | ${cells.join(' | ')} |`)
  }
}

/** Median over the rounds: disturbances of a round affect both sides. */
function ratio(ours: readonly Measurement[], theirs: readonly Measurement[] = []): number {
  return median(
    ours.map((one, round) => one.callsPerSecond / (theirs[round]?.callsPerSecond ?? Number.NaN)),
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

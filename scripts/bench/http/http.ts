import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawBars } from './draw-bars.ts'
import type { Job, Load } from './load.ts'
import { measureMemory } from './memory.ts'
import { measureOptions } from './options.ts'
import { messageOf, startOnCore, usageOf } from './process.ts'
import { measureServiceAuth } from './service-auth.ts'
import { type Workload, workloads } from './work.ts'

/** Times that a peer and its bare server start: V8 optimizes a process well or badly, and keeps to it. */
const STARTS = 3
/** Rounds of each start, in which the two alternate. The median of all counts. */
const ROUNDS = 5
/** Short, so that both share the disturbances of a virtual machine. */
const SECONDS = 0.5
const WARM_UP_SECONDS = 3

interface Peer {
  readonly name: string
  readonly module: string
  readonly start?: string
  /** The bare server that does the same work; absent for a bare server itself. */
  readonly bare?: string
  /** The stock server with the same options. */
  readonly stock?: string
}

const BARE = 'bare `node:http`'
const STOCK = '`@atproto/xrpc-server`'
const VERIFIED = `${BARE}, reading a header`
const LIMITED = `${BARE}, with a rate limit`
const WITH_HEADER = `${BARE}, setting a header`
const peers: readonly Peer[] = [
  { name: BARE, module: 'bare' },
  { name: VERIFIED, module: 'bare', start: 'startVerified' },
  { name: LIMITED, module: 'bare', start: 'startLimited' },
  { name: WITH_HEADER, module: 'bare', start: 'startWithHeader' },
  { name: 'fastify', module: 'fastify', bare: BARE },
  { name: '`@atcute/xrpc-server`', module: 'atcute', bare: BARE },
  stock('', 'start'),
  stock(', with a verifier', 'startVerified', VERIFIED),
  stock(', with a rate limit', 'startLimited', LIMITED),
  lane('', 'start', STOCK),
  lane(
    ', with a verifier that reads a header',
    'startVerified',
    `${STOCK}, with a verifier`,
    VERIFIED,
  ),
  lane(', with a rate limit', 'startLimited', `${STOCK}, with a rate limit`, LIMITED),
  lane(', with CORS', 'startWithCors', STOCK),
  lane(', with a middleware that sets a header', 'startWithMiddleware', STOCK, WITH_HEADER),
  lane(', with an interceptor', 'startIntercepted', STOCK),
  lane(', reading `req`', 'startReading', STOCK),
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
  const caller = startOnCore(1, 'load.ts', [])
  try {
    for (const workload of workloads) {
      const measured = new Map<Peer, readonly Round[]>()
      for (const peer of peers) {
        const rounds: Round[] = []
        for (let start = 0; start < STARTS; start++) {
          rounds.push(...(await compare(peer, workload, caller)))
        }
        measured.set(peer, rounds)
      }
      print(workload, measured)
      if (workload.method === 'POST') await draw(measured)
    }
  } finally {
    caller.kill()
  }
  await measureOptions()
  await measureServiceAuth()
  await measureMemory()
}

interface RunningPeer {
  readonly process: ChildProcess
  readonly port: number
}

async function startServer(peer: Peer): Promise<RunningPeer> {
  const process = startOnCore(0, 'serve.ts', [peer.module, peer.start ?? 'start'])
  const { address } = await messageOf<{ address: string }>(process)
  return { process, port: Number(address) }
}

/** The measurements of each peer and of its bare server, by round. */
type Measured = ReadonlyMap<Peer, readonly Round[]>

interface Round {
  readonly own: Measurement
  readonly bare: Measurement
}

/**
 * Measures a peer against its bare server, both new: a server that waits for the others' turns loses its optimized code
 * and its large young generation.
 */
async function compare(
  peer: Peer,
  workload: Workload,
  caller: ChildProcess,
): Promise<readonly Round[]> {
  const base = peers.find(({ name }) => name === (peer.bare ?? BARE)) ?? peer
  const servers = await Promise.all([startServer(base), startServer(peer)])
  const call = async ({ port }: RunningPeer, seconds: number): Promise<Load> => {
    caller.send({ port, seconds, workload } satisfies Job)
    return await messageOf<Load>(caller)
  }
  const measure = async (server: RunningPeer): Promise<Measurement> => {
    const before = (await usageOf(server.process)).cpu
    const { calls, seconds, p99 } = await call(server, SECONDS)
    const cpu = ((await usageOf(server.process)).cpu - before) / calls
    return { callsPerSecond: calls / seconds, cpu, p99 }
  }
  try {
    const rounds: Round[] = []
    for (const server of servers) await call(server, WARM_UP_SECONDS)
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ bare: await measure(servers[0]), own: await measure(servers[1]) })
    }
    return rounds
  } finally {
    for (const { process } of servers) process.kill()
  }
}

/** The picture in the README: servers without options. */
async function draw(measured: Measured): Promise<void> {
  const bars = [...measured].flatMap(([{ name, start }, rounds]) => {
    const value = median(rounds.map(({ own }) => own.callsPerSecond))
    return start === undefined || start === 'start'
      ? [{ name: name.replaceAll('`', ''), value }]
      : []
  })
  const svg = drawBars('A procedure with JSON in and out, calls a second on one core', bars)
  await writeFile(join(import.meta.dirname, '../../../docs/calls.svg'), svg)
}

function print({ name, method, path }: Workload, measured: Measured): void {
  const named = new Map([...measured].map(([peer, rounds]) => [peer.name, rounds]))
  console.log(`\n### A ${name}: \`${method} ${path}\`, 32 connections\n`)
  console.log(
    '| Server | calls/s | of bare | CPU µs/call | of bare | p99 ms | of bare | times stock |',
  )
  console.log('|---|---:|---:|---:|---:|---:|---:|---:|')
  for (const [peer, rounds] of measured) {
    const stock = named.get(peer.stock ?? '')
    const speedOf = (some: readonly Round[]): number =>
      median(some.map(({ own }) => own.callsPerSecond))
    const of = (each: (one: Measurement) => number): string =>
      `${Math.round(median(rounds.map(({ own, bare }) => each(own) / each(bare))) * 100)} %`
    const cells = [
      Math.round(speedOf(rounds)),
      of(({ callsPerSecond }) => callsPerSecond),
      median(rounds.map(({ own }) => own.cpu)).toFixed(1),
      of(({ cpu }) => cpu),
      median(rounds.map(({ own }) => own.p99)).toFixed(2),
      of(({ p99 }) => p99),
      stock ? (speedOf(rounds) / speedOf(stock)).toFixed(1) : '',
    ]
    console.log(`| ${peer.name} | ${cells.join(' | ')} |`)
  }
}

/** The median: disturbances of a round affect both sides of a ratio. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The stock server with some options. */
function stock(options: string, start: string, bare = BARE): Peer {
  return { name: `${STOCK}${options}`, module: 'stock', start, bare }
}

/** A generated server with some options, and the stock server with the same. */
function lane(options: string, start: string, stock: string, bare = BARE): Peer {
  return { name: `Lexwright${options}`, module: 'lane', start, stock, bare }
}

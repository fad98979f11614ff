import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureMemory } from './memory.ts'
import { messageOf, startOnCore, usageOf } from './process.ts'
import { type Workload, workloads } from './work.ts'

/** Rounds of every peer on every workload, in turn. The best of each counts: other work of the machine only slows. */
const ROUNDS = 8
const SECONDS = 2
const WARM_UP_SECONDS = 3

interface Peer {
  readonly name: string
  readonly module: string
  readonly start?: string
}

const peers: readonly Peer[] = [
  { name: 'bare `node:http`', module: 'bare' },
  { name: 'fastify', module: 'fastify' },
  { name: '`@atproto/xrpc-server`', module: 'stock' },
  { name: '`@atcute/xrpc-server`', module: 'atcute' },
  { name: 'the fast lane', module: 'lane' },
  { name: 'the fast lane, observed', module: 'lane', start: 'startObserved' },
  { name: 'the fast lane, 400 methods more', module: 'lane', start: 'startLarge' },
  { name: 'the fast lane, `req` looked at', module: 'lane', start: 'startLooking' },
]

interface Measurement {
  readonly callsPerSecond: number
  /** Of the server's processor, for one call, in microseconds. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p99: number
}

/** Measures how many calls one core serves, and prints a table. Server and load each have a core of their own. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-http-'))
  try {
    await measureTransport('TCP', () => undefined)
    await measureTransport('a Unix socket', (peer) => join(folder, `${peers.indexOf(peer)}.sock`))
  } finally {
    rmSync(folder, { recursive: true })
  }
  await measureMemory()
}

async function measureTransport(
  transport: string,
  pathOf: (peer: Peer) => string | undefined,
): Promise<void> {
  const servers = await Promise.all(peers.map((peer) => startServer(peer, pathOf(peer))))
  try {
    for (const workload of workloads) await measureWorkload(transport, workload, servers)
  } finally {
    for (const { process } of servers) process.kill()
  }
}

interface RunningPeer {
  readonly peer: Peer
  readonly process: ChildProcess
  readonly address: string
}

async function startServer(peer: Peer, path: string | undefined): Promise<RunningPeer> {
  const args = [peer.module, peer.start ?? 'start', ...(path === undefined ? [] : [path])]
  const process = startOnCore(0, 'serve.ts', args)
  return { peer, process, ...(await messageOf<{ address: string }>(process)) }
}

async function measureWorkload(
  transport: string,
  workload: Workload,
  servers: readonly RunningPeer[],
): Promise<void> {
  const measured = new Map<string, Measurement[]>()
  for (const server of servers) await load(server, workload, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      const earlier = measured.get(server.peer.name) ?? []
      measured.set(server.peer.name, [...earlier, await measure(server, workload)])
    }
  }
  print(transport, workload, measured)
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

function print(
  transport: string,
  workload: Workload,
  measured: ReadonlyMap<string, readonly Measurement[]>,
): void {
  const best = [...measured].map(([name, all]) => ({
    name,
    callsPerSecond: Math.max(...all.map(({ callsPerSecond }) => callsPerSecond)),
    cpu: Math.min(...all.map(({ cpu }) => cpu)),
    p99: Math.min(...all.map(({ p99 }) => p99)),
  }))
  const bare = best[0]?.callsPerSecond ?? Number.NaN
  const stock = best[2]?.callsPerSecond ?? Number.NaN
  const request = `\`${workload.method} ${workload.path}\``
  console.log(`\n### A ${workload.name} over ${transport}: ${request}, 32 connections\n`)
  console.log('| Server | calls/s | of bare | times stock | CPU µs/call | p99 ms |')
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const { name, callsPerSecond, cpu, p99 } of best) {
    const share = `${Math.round((callsPerSecond / bare) * 100)} %`
    const times = (callsPerSecond / stock).toFixed(1)
    console.log(
      `| ${name} | ${Math.round(callsPerSecond)} | ${share} | ${times} | ${cpu.toFixed(1)} | ${p99.toFixed(2)} |`,
    )
  }
}

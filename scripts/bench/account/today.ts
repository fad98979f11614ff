import { execFileSync } from 'node:child_process'
import { messageOf, startOnCore } from '../http/process.ts'
import type { Call, Load, LoadResult } from './call-in-turn.ts'
import { type Measurement, typical } from './load.ts'
import { startOfficial } from './official-pds.ts'
import { perSecond } from './passwords.ts'
import { cpuOf, type Server, startEmbedded, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

const ROUNDS = 3
const SECONDS = 2
const WARM_UP_SECONDS = 3
const ACCOUNTS = 64
const PASSWORD = 'correct horse battery'
const OFFICIAL = 'official PDS, SQLite in process'
/** No call here hashes passwords; sign-ups would otherwise take a minute. */
const SETTINGS = { PDS_PASSWORD_HASH_COST: '4' }

interface Subject {
  readonly name: string
  readonly server: Server
  readonly loads: Map<string, Omit<Load, 'port' | 'seconds'>>
}

/**
 * Today's methods compared with the official PDS, each server on its own core; the load and PostgreSQL share the other
 * one.
 */
export async function benchToday(database: SeededDatabase): Promise<void> {
  const subjects = [
    await prepare(OFFICIAL, await startOfficial()),
    await prepare('the program, PostgreSQL', await startOurs(database, SETTINGS)),
    await prepare('the program, PGlite in process', await startEmbedded(SETTINGS)),
  ]
  console.log('### Methods of today beside the official PDS, 32 connections\n')
  console.log('| Method | Server | calls/s | of official | CPU µs/call | of official | p99 ms |')
  console.log('|---|---|---:|---:|---:|---:|---:|')
  for (const method of subjects[0]?.loads.keys() ?? [])
    print(method, await measure(method, subjects))
  for (const { server } of subjects) await server.stop()
  console.log(
    '\nTarget: 3 times the calls of the official PDS on PostgreSQL, as many as it on PGlite.\n',
  )
}

/** Signs up accounts and logs them in once more: refreshing and reading use separate sessions. */
async function prepare(name: string, server: Server): Promise<Subject> {
  const accounts: Record<'handle' | 'token' | 'refreshToken', string>[] = []
  await perSecond(ACCOUNTS, async (n) => {
    const handle = `today${n}.test`
    const email = `today${n}@example.com`
    const created = await call(server, 'createAccount', { handle, email, password: PASSWORD })
    const again = await call(server, 'createSession', { identifier: handle, password: PASSWORD })
    accounts.push({ handle, token: created.accessJwt, refreshToken: again.refreshJwt })
  })
  execFileSync('taskset', ['-acp', '0', String(server.process.pid)])
  const load = (method: Load['method'], calls: readonly Call[], isRefresh = false) =>
    ({ method, calls, isRefresh }) as const
  const xrpc = (nsid: string) => `/xrpc/com.atproto.${nsid}`
  return {
    name,
    server,
    loads: new Map([
      [
        'getSession',
        load(
          'GET',
          accounts.map(({ token }) => ({ path: xrpc('server.getSession'), token })),
        ),
      ],
      [
        'refreshSession',
        load(
          'POST',
          accounts.map(({ refreshToken: token }) => ({
            path: xrpc('server.refreshSession'),
            token,
          })),
          true,
        ),
      ],
      [
        'resolveHandle',
        load(
          'GET',
          accounts.map(({ handle }) => ({ path: xrpc(`identity.resolveHandle?handle=${handle}`) })),
        ),
      ],
    ]),
  }
}

async function call(
  { url }: Server,
  method: string,
  input: object,
): Promise<{ readonly accessJwt: string; readonly refreshJwt: string }> {
  const response = await fetch(`${url}/xrpc/com.atproto.server.${method}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  })
  if (!response.ok) throw new Error(`${method} was answered with ${await response.text()}`)
  return (await response.json()) as { accessJwt: string; refreshJwt: string }
}

async function measure(
  method: string,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, Measurement>> {
  const measured = new Map<string, readonly Measurement[]>()
  for (const subject of subjects) await measureOnce(subject, method, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of subjects) {
      const earlier = measured.get(subject.name) ?? []
      measured.set(subject.name, [...earlier, await measureOnce(subject, method, SECONDS)])
    }
  }
  return new Map([...measured].map(([name, all]) => [name, typical(all)]))
}

async function measureOnce(
  { server, loads }: Subject,
  method: string,
  seconds: number,
): Promise<Measurement> {
  const load = loads.get(method)
  if (!load) throw new Error(`There is no ${method}`)
  const port = Number(new URL(server.url).port)
  const child = startOnCore(1, '../account/call-in-turn.ts', [])
  const before = await cpuOf(server)
  child.send({ ...load, port, seconds } satisfies Load)
  const { calls, seconds: passed, p99, next } = await messageOf<LoadResult>(child)
  loads.set(method, { ...load, calls: next })
  return { callsPerSecond: calls / passed, cpu: ((await cpuOf(server)) - before) / calls, p99 }
}

function print(method: string, measured: ReadonlyMap<string, Measurement>): void {
  const official = measured.get(OFFICIAL)
  const times = (value: number, of: number | undefined) => (value / (of ?? Number.NaN)).toFixed(2)
  for (const [name, { callsPerSecond, cpu, p99 }] of measured) {
    const cells = [
      `\`${method}\``,
      name,
      callsPerSecond.toFixed(0),
      times(callsPerSecond, official?.callsPerSecond),
      cpu.toFixed(0),
      times(cpu, official?.cpu),
      p99.toFixed(1),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

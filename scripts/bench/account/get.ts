import { callGet, type Measurement, typical } from './load.ts'
import { type Server, startOurs, startPeer } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

/** Rounds in which the servers alternate, so that disturbances affect all of them. */
const ROUNDS = 5
const SECONDS = 3
const WARM_UP_SECONDS = 3

/** Throughput of `get` compared with a bare and a stock server. */
export async function benchGet(database: SeededDatabase): Promise<void> {
  const servers: readonly (readonly [string, Server])[] = [
    ['bare `node:http`, the HMAC check and one prepared SELECT', await startPeer('bare', database)],
    ['`@atproto/xrpc-server`, jose, Kysely', await startPeer('stock', database)],
    ['the program', await startOurs(database)],
    [
      'the program, as behind a pooler',
      await startOurs(database, { PDS_DB_POSTGRES_PREPARED_STATEMENTS: 'false' }),
    ],
  ]
  const { tokens } = database
  const measured = await measureInTurn(servers.map(([name, server]) => ({ name, server, tokens })))
  for (const [, server] of servers) await server.stop()

  const rows = servers.map(([name]) => ({ name, ...typical(measured.get(name) ?? []) }))
  const bare = rows[0]?.callsPerSecond ?? Number.NaN
  const stock = rows[1]?.callsPerSecond ?? Number.NaN
  console.log('### `get` with an access token, 32 connections\n')
  console.log('| Server | calls/s | of bare | times stock | CPU µs/call | p99 ms |')
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const { name, callsPerSecond, cpu, p99 } of rows) {
    const share = `${Math.round((callsPerSecond / bare) * 100)} %`
    const times = (callsPerSecond / stock).toFixed(1)
    console.log(
      `| ${name} | ${Math.round(callsPerSecond)} | ${share} | ${times} | ${cpu.toFixed(0)} | ${p99} |`,
    )
  }
  console.log('\nTarget: 75 % of bare, 3 times stock.\n')
}

interface Subject {
  readonly name: string
  readonly server: Server
  readonly tokens: readonly string[]
}

/** Measures the servers alternately, several times. */
export async function measureInTurn(
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, readonly Measurement[]>> {
  const measured = new Map<string, readonly Measurement[]>()
  for (const { server, tokens } of subjects) {
    await callGet(server, tokens, { duration: WARM_UP_SECONDS })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, server, tokens } of subjects) {
      const earlier = measured.get(name) ?? []
      measured.set(name, [...earlier, await callGet(server, tokens, { duration: SECONDS })])
    }
  }
  return measured
}

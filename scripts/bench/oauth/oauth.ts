import { AtpBaseClient } from '@lexwright/generated/client'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { type Program, startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'
import pg from 'pg'
import {
  createTestApp,
  type TestApp,
  type Tokens,
} from '../../../packages/oauth/src/testing/app.ts'
import { median } from '../account/load.ts'
import { cpuOf, memoryOf } from '../account/processes.ts'
import { publish, table } from '../figures.ts'

const ROUNDS = 5
const CALLS = 1_000
const CONNECTIONS = 32
/** Methods without and with a query of their own. */
const NSIDS = ['com.atproto.temp.checkSignupQueue', 'com.atproto.server.getSession'] as const
const ALICE = {
  handle: 'alice.test',
  email: 'alice@example.com',
  password: 'correct horse battery',
}

/**
 * Measures on PostgreSQL the CPU time of a call with a DPoP token and with a session, in the server and
 * in the database, and what OAuth adds to the program's start and memory. Writes the figures to docs/benchmarks.md. Takes a
 * minute.
 */
export async function run(): Promise<void> {
  const postgres = await startPostgres()
  const data = await temporaryDirectory()
  const start = (oauth: boolean) =>
    startProgram({
      dataDirectory: data.path,
      env: {
        PDS_DB_POSTGRES_URL: postgres.url,
        PDS_OAUTH_ENABLED: String(oauth),
        PDS_RATE_LIMITS_ENABLED: 'false',
        PDS_LOG_LEVEL: 'warn',
      },
    })
  try {
    await publish('oauth', [
      ...(await calls(await start(true), postgres.url)),
      '',
      ...(await starts(start)),
    ])
  } finally {
    await postgres.stop()
    await data.remove()
  }
}

/** CPU time in milliseconds per call. */
interface Cost {
  readonly server: number
  readonly database: number
}

async function calls(program: Program, database: string): Promise<readonly string[]> {
  const { data } = await new AtpBaseClient(program.url).com.atproto.account.create(ALICE)
  const app = await createTestApp(program.url)
  const tokens = await app.logIn({ username: ALICE.handle, password: ALICE.password })
  const kinds = NSIDS.flatMap((nsid) => [
    {
      nsid,
      name: 'a token of an app (DPoP)',
      headers: () => provenHeaders(app, tokens, { origin: program.url, nsid }),
      costs: [] as Cost[],
    },
    {
      nsid,
      name: 'a session (Bearer)',
      headers: async () => Array(CALLS).fill({ authorization: `Bearer ${data.accessJwt}` }),
      costs: [] as Cost[],
    },
  ])
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  // The first round is a warm-up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { nsid, headers, costs } of kinds) {
      const cost = await costOf(`${program.url}/xrpc/${nsid}`, {
        program,
        client,
        headers: await headers(),
      })
      if (round > 0) costs.push(cost)
    }
  }
  await client.end()
  await program.signal('SIGTERM')
  const rows = kinds.map(({ nsid, name, costs }) => {
    const server = median(costs.map((cost) => cost.server))
    const postgres = median(costs.map((cost) => cost.database))
    return [
      `\`${nsid}\`, ${name}`,
      server.toFixed(2),
      postgres.toFixed(2),
      (server + postgres).toFixed(2),
    ]
  })
  return [
    `The program on PostgreSQL: CPU time in milliseconds per call, medians of ${ROUNDS} rounds of ${CALLS} calls on ${CONNECTIONS} connections.`,
    '',
    ...table(['Method, called with', 'server', 'PostgreSQL', 'in all'], rows),
  ]
}

type Headers = Readonly<Record<string, string>>

/** Each proof is good for one call, and is made before the measurement. */
async function provenHeaders(
  app: TestApp,
  tokens: Tokens,
  { origin, nsid }: { readonly origin: string; readonly nsid: string },
): Promise<Headers[]> {
  const answer = await app.call(nsid, tokens)
  const nonce = answer.headers.get('dpop-nonce') ?? ''
  const token = tokens.access_token
  return await Promise.all(
    Array.from({ length: CALLS }, async () => ({
      authorization: `DPoP ${token}`,
      dpop: await app.key.prove({ htm: 'GET', htu: `${origin}/xrpc/${nsid}`, nonce, token }),
    })),
  )
}

interface Load {
  readonly program: Program
  /** Connected to the program's database. */
  readonly client: pg.Client
  /** Of each call. */
  readonly headers: readonly Headers[]
}

async function costOf(url: string, { program: { process }, client, headers }: Load): Promise<Cost> {
  const backends = await client.query(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  const cpuOfBackends = async () => {
    const each = await Promise.all(backends.rows.map(({ pid }) => cpuOf({ process: { pid } })))
    return each.reduce((sum, cpu) => sum + cpu, 0)
  }
  const before = [await cpuOf({ process }), await cpuOfBackends()] as const
  const waiting = [...headers]
  const connection = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const response = await fetch(url, { headers: next })
      const text = await response.text()
      if (!response.ok) throw new Error(`A call was answered ${response.status} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  const after = [await cpuOf({ process }), await cpuOfBackends()] as const
  return {
    server: (after[0] - before[0]) / 1000 / headers.length,
    database: (after[1] - before[1]) / 1000 / headers.length,
  }
}

/** Alternates between starts with and without OAuth. */
async function starts(start: (oauth: boolean) => Promise<Program>): Promise<readonly string[]> {
  const kinds = [false, true].map((oauth) => ({
    oauth,
    seconds: [] as number[],
    megabytes: [] as number[],
  }))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { oauth, seconds, megabytes } of kinds) {
      const began = performance.now()
      const program = await start(oauth)
      const { status } = await fetch(`${program.url}/readyz`)
      if (status !== 200) throw new Error('It listens but is not ready')
      if (round > 0) {
        seconds.push((performance.now() - began) / 1000)
        megabytes.push(await memoryOf(program))
      }
      await program.signal('SIGTERM')
    }
  }
  const rows = kinds.map(({ oauth, seconds, megabytes }) => [
    oauth ? 'with OAuth' : 'without',
    median(seconds).toFixed(2),
    median(megabytes).toFixed(0),
  ])
  return table(['Program on PostgreSQL', 'Seconds until ready', 'Resident MB'], rows)
}

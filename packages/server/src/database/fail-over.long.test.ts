import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type PostgresServer, startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import pg from 'pg'

const PASSWORD = 'correct horse battery'

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
}

let data: string
let postgres: PostgresServer
/** Two processes on one database, as in production. */
let servers: readonly [Program, Program]
let token: string
const signedUp: string[] = []

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  postgres = await startPostgres({ durable: true })
  const start = () =>
    startProgram({
      dataDirectory: data,
      env: {
        PDS_DB_POSTGRES_URL: postgres.url,
        PDS_DB_POSTGRES_POOL_SIZE: '4',
        PDS_PASSWORD_HASH_COST: '4',
        PDS_RATE_LIMITS: 'create=30/3600',
        PDS_RATE_LIMIT_BYPASS_KEY: BYPASS_KEY,
      },
    })
  // Both find an empty database and migrate it at once.
  servers = await Promise.all([start(), start()])
  const created = await signUp(servers[0], 'first')
  token = created.accessJwt
}, 60_000)
afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.signal('SIGTERM')))
  await postgres.stop()
  await rm(data, { recursive: true, force: true })
}, 60_000)

const BYPASS_KEY = 'bypass for the tests of fail-over'

const post = (server: Program, nsid: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/xrpc/com.atproto.${nsid}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const create = (server: Program, name: string, bypass = true) =>
  post(
    server,
    'account.create',
    { handle: `${name}.test`, email: `${name}@example.com`, password: PASSWORD },
    bypass ? { 'x-ratelimit-bypass': BYPASS_KEY } : {},
  )

async function signUp(server: Program, name: string): Promise<{ readonly accessJwt: string }> {
  const response = await create(server, name)
  expect(response.status).toBe(200)
  signedUp.push(name)
  return (await response.json()) as { accessJwt: string }
}

/**
 * Reads and writes at both servers without a pause during an event, until every caller has a good
 * answer again.
 */
async function underLoad(
  what: (answers: readonly Answer[]) => Promise<void>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  let happened = false
  let number = 0
  const isOver = (good: boolean) => good && happened
  const call = async (request: () => Promise<Response>): Promise<boolean> => {
    const response = await request()
    await response.arrayBuffer()
    answers.push({ status: response.status, retryAfter: response.headers.get('retry-after') })
    return response.status === 200
  }
  const reader = async (server: Program): Promise<void> => {
    const headers = { authorization: `Bearer ${token}` }
    const get = () => fetch(`${server.url}/xrpc/com.atproto.account.get`, { headers })
    while (!isOver(await call(get))) await delay(1)
  }
  const writer = async (server: Program, prefix: string): Promise<void> => {
    for (;;) {
      const name = `${prefix}${number++}`
      const wasCreated = await call(() => create(server, name))
      if (wasCreated) signedUp.push(name)
      if (isOver(wasCreated)) return
      await delay(1)
    }
  }
  const prefix = `x${Math.random().toString(36).slice(2, 6)}-`
  const callers = servers.flatMap((server) => [
    reader(server),
    reader(server),
    writer(server, prefix),
    writer(server, prefix),
  ])
  await delay(300)
  await what(answers)
  happened = true
  await Promise.all(callers)
  return answers
}

/** Asserts that every answer is right or a 503. */
function expectNothingWrong(answers: readonly Answer[]): void {
  const wrong = answers.filter(({ status }) => status !== 200 && status !== 503)
  expect(wrong).toEqual([])
  for (const { status, retryAfter } of answers) {
    if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0)
  }
}

async function expectNothingLost(): Promise<void> {
  for (const name of signedUp.splice(0)) {
    const response = await post(servers[1], 'session.create', {
      handle: `${name}.test`,
      password: PASSWORD,
    })
    expect([name, response.status]).toEqual([name, 200])
  }
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

const unavailable = (answers: readonly Answer[]) =>
  answers.filter(({ status }) => status === 503).length

describe('two servers on one PostgreSQL', () => {
  it('are one service: tokens, accounts and limits are shared', async () => {
    const answer = await fetch(`${servers[1].url}/xrpc/com.atproto.account.get`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).toBe(200)
    const statuses: number[] = []
    // Few at once: a caller has only a share of the password queue.
    for (let round = 0; round < 10; round++) {
      const few = [0, 1, 0, 1].map((server, i) =>
        create(servers[server as 0 | 1], `limit-${round}-${i}`, false),
      )
      statuses.push(...(await Promise.all(few)).map(({ status }) => status))
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(30)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
  })

  it('continue after every connection is terminated (57P01)', async () => {
    const answers = await underLoad(async () => {
      for (let count = 0; count < 5; count++) {
        await administer(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'lexwright' and pid <> pg_backend_pid()`,
        )
        await delay(50)
      }
    })
    expectNothingWrong(answers)
    await expectNothingLost()
  })

  it('answer 503 while PostgreSQL is down, lose nothing, and continue once it is back', async () => {
    const answers = await underLoad(async (answers) => {
      await postgres.kill()
      while (unavailable(answers) === 0) await delay(50)
      await restart()
    })
    expectNothingWrong(answers)
    expect(unavailable(answers)).toBeGreaterThan(0)
    await expectNothingLost()
  })

  /** The old server's processes may take a moment to release its data. */
  async function restart(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await postgres.restart()
      } catch (error) {
        if (tries === 20) throw error
        await delay(200)
      }
    }
  }

  it('leave a server that became read-only (25006) for its successor', async () => {
    const before = await backends()
    const answers = await underLoad(async () => {
      await administer('alter system set default_transaction_read_only = on')
      await administer('select pg_reload_conf()')
      // Connections that wrote in the meantime are closed, so the successor gets new ones.
      for (let during = before; before.every((pid) => during.includes(pid)); ) {
        await delay(50)
        during = await backends()
      }
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      await client.query('set default_transaction_read_only = off')
      await client.query('alter system reset default_transaction_read_only')
      await client.query('select pg_reload_conf()')
      await client.end()
    })
    expectNothingWrong(answers)
    expect(unavailable(answers)).toBeGreaterThan(0)
    await expectNothingLost()
  })

  async function backends(): Promise<readonly number[]> {
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'lexwright'",
    )
    await client.end()
    return rows.map(({ pid }) => pid)
  }

  it('have not restarted', () => {
    for (const server of servers) expect(server.process.exitCode).toBeNull()
  })
})

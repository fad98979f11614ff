import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { openAccountHarness, testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { watchDatabase } from '@lexwright/testing/accounts/watched-database'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { AccountModuleOptions } from './options.ts'

const person = (name: string) => ({
  handle: `${name}.test`,
  email: `${name}@example.com`,
  password: 'correct horse battery',
})

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Collects log entries. */
function createLog() {
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

describe('the log of failures', () => {
  let database: PostgresDatabase
  let pool: pg.Pool
  let db: Kysely<unknown>
  /** Fails statements on the account table while set. */
  let failure: Error | undefined
  const cleanups: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    database = await createAccountDatabase()
    pool = new pg.Pool({ connectionString: database.url, max: 4 })
    const plain = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    db = watchDatabase(plain, {
      beforeStatement: ({ sql: text }) => {
        if (failure !== undefined && text.includes('"account"')) throw failure
      },
      afterStatement: () => {},
      beforeCommit: () => {},
      afterCommit: () => {},
    })
  })
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
    await pool.end()
    await database.drop()
  })

  async function open(overrides: Partial<AccountModuleOptions<unknown>> = {}) {
    const logger = createLog()
    const harness = await openAccountHarness(db, { logger, ...overrides })
    cleanups.push(() => harness.close())
    const call = async (method: string, body: unknown): Promise<number> => {
      const response = await fetch(`${harness.url}/xrpc/com.atproto.${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      await response.arrayBuffer()
      return response.status
    }
    return { call, lines: logger.lines }
  }
  const withCode = (message: string, code: string): Error =>
    Object.assign(new Error(message), { code, detail: 'Key (email)=(alice@example.com)' })

  it.each([
    ['disk full', '53100', withCode('could not extend file', '53100')],
    ['lock', '55P03', withCode('canceling statement due to lock timeout', '55P03')],
    ['conflict', '40001', withCode('could not serialize access', '40001')],
    ['database', 'ECONNREFUSED', withCode('connect ECONNREFUSED', 'ECONNREFUSED')],
  ])('logs the cause of a 503 once: %s', async (cause, code, error) => {
    const { call, lines } = await open()
    failure = error
    try {
      expect(await call('session.create', { handle: 'alice.test', password: 'x' })).toBe(503)
    } finally {
      failure = undefined
    }
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: { cause, code, reason: `Error: ${error.message}` },
        message: 'temporarily unavailable',
      },
    ])
  })

  it('logs a pool without a free connection', async () => {
    const small = new pg.Pool({
      connectionString: database.url,
      max: 1,
      connectionTimeoutMillis: 500,
    })
    cleanups.push(() => small.end())
    const { call, lines } = await open({
      db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool: small }) }),
    })
    const held = await small.connect()
    try {
      expect(await call('session.create', { handle: 'alice.test', password: 'x' })).toBe(503)
    } finally {
      held.release()
    }
    expect(lines).toMatchObject([{ level: 'warn', fields: { cause: 'pool' } }])
  })

  it('logs a full password queue', async () => {
    const { policy } = await testModuleOptions({ hashingQueue: 0 })
    const { call, lines } = await open({ policy })
    const statuses = await Promise.all(
      Array.from({ length: 6 }, () =>
        call('session.create', { handle: 'nobody.test', password: 'x' }),
      ),
    )
    const refused = statuses.filter((status) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(lines).toHaveLength(refused.length)
    expect(lines).toMatchObject(refused.map(() => ({ level: 'warn', fields: { cause: 'queue' } })))
  })

  it('logs a directory that does not answer', async () => {
    const { call, lines } = await open({
      identity: { publish: () => Promise.reject(withCode('no connection', 'ECONNREFUSED')) },
    })
    expect(await call('account.create', person('dora'))).toBe(503)
    expect(lines).toMatchObject([
      { level: 'warn', fields: { cause: 'directory', code: 'ECONNREFUSED' } },
    ])
  })

  it('logs the stack of a fault and answers 500 without details', async () => {
    const fault = new Error('the hook has a fault')
    const { call, lines } = await open({
      hooks: { onAccountCreated: () => Promise.reject(fault) },
    })
    expect(await call('account.create', person('fault'))).toBe(500)
    expect(lines).toEqual([
      {
        level: 'error',
        fields: { err: fault, path: '/xrpc/com.atproto.account.create' },
        message: 'a call failed',
      },
    ])
    expect(JSON.stringify(lines)).not.toContain('fault@example.com')
  })

  it('does not log refusals', async () => {
    const { call, lines } = await open()
    expect(await call('session.create', { handle: 'nobody.test', password: 'x' })).toBe(401)
    expect(await call('account.create', person('x'))).toBe(400)
    expect(lines).toEqual([])
  })
})

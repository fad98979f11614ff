import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import {
  type HttpFault,
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { createPlcIdentity } from '../identity/plc-identity.ts'

const faults: readonly HttpFault[] = [
  'pass',
  'drop-before',
  'drop-after',
  'hang-after',
  { status: 500 },
  { status: 429 },
  { delay: 30 },
]

/** Three processes on one PostgreSQL, and a directory that answers one request in three. */
describe('concurrent sign-ups with an unreliable directory', () => {
  let postgres: PostgresDatabase
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  const pools: Kysely<unknown>[] = []
  const processes: AccountHarness[] = []
  const clock = createTestClock()

  beforeAll(async () => {
    postgres = await createPostgresDatabase()
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    const { policy } = await testModuleOptions({ inviteRequired: true, publicationTimeoutMs: 600 })
    for (let index = 0; index < 3; index++) {
      const pool = new pg.Pool({ connectionString: postgres.url, max: 5 })
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      pools.push(db)
      const identity = createPlcIdentity({ url: proxy.url, requestTimeoutMs: 100, attempts: 2 })
      processes.push(await openAccountHarness(db, { policy, clock, identity }))
    }
  })
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.close()))
    await Promise.all(pools.map((each) => each.destroy()))
    await proxy.close()
    await directory.close()
    await postgres.drop()
  })

  it('admit as many as the invite, each once, and register nobody else', async () => {
    const [first] = processes
    const [db] = pools
    if (first === undefined || db === undefined) throw new Error('no process')
    const uses = 8
    const inviteCode = await first.accounts.service.createInviteCode({
      useCount: uses,
      createdBy: 'admin',
    })
    proxy.fail(
      Array.from({ length: 60 }, () => faults[Math.floor(Math.random() * faults.length)] ?? 'pass'),
    )
    // Each person sends the request to two processes.
    const answers = await Promise.allSettled(
      Array.from({ length: 24 }, (_, index) =>
        processes[index % 3]?.accounts.service.create(
          {
            handle: `crowd-${index % 12}.test`,
            email: `crowd-${index % 12}@example.com`,
            password: 'correct horse battery',
            inviteCode,
          },
          'unlimited',
        ),
      ),
    )
    proxy.fail('pass')
    // On a busy machine even a healthy directory sometimes misses the short timeout.
    for (let round = 0; round < 10; round++) {
      clock.advance(2 * 60 * 60)
      await Promise.all(processes.map(({ accounts }) => accounts.runDueJobs()))
    }

    const { rows } = await sql<{ did: string; handle: string; status: string }>`
      select did, handle, status from lexwright_account.account order by did`.execute(db)
    expect(rows).toHaveLength(uses)
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['active']))
    expect(directory.dids().toSorted()).toEqual(rows.map(({ did }) => did))
    // Each answer matches the stored account.
    for (const answer of answers) {
      if (answer.status === 'rejected' || answer.value === undefined) continue
      const { did, handle } = answer.value
      expect(rows).toContainEqual({ did, handle, status: 'active' })
    }
    const { items } = await first.accounts.operator.listInviteCodes()
    expect(items).toMatchObject([{ code: inviteCode, usesLeft: 0 }])
  })
})

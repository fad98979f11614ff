import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  createMailbox,
  createTestClock,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import type { ServiceContext } from '../context.ts'
import { createServiceContext } from '../create-context.ts'
import { openDatabase } from '../db/database.ts'
import { removeExpired } from '../jobs/remove-expired.ts'
import { requestPasswordReset } from '../password-reset/request-password-reset.ts'
import { createAccount } from '../registration/create-account.ts'
import { createStore } from '../store.ts'
import { createMailJobs } from './mail-jobs.ts'
import type { OutboxPort } from './outbox-port.ts'

describe('the mail jobs', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let context: ServiceContext
  const clock = createTestClock()
  let jobs: OutboxPort
  let did: string

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    const options = { ...(await testModuleOptions()), mailer: createMailbox(), clock, db }
    const accountDatabase = openDatabase(db, 'lexwright_account')
    await accountDatabase.migrate(clock.now())
    context = createServiceContext(options, createStore(accountDatabase))
    jobs = createMailJobs(context)
    const request = {
      handle: 'alice.test',
      email: 'alice@example.com',
      password: 'correct horse battery',
    }
    const created = await createAccount(context, request, 'unlimited')
    did = created.did
  })
  afterAll(async () => {
    await context.hasher.close()
    await database.close()
  })
  beforeEach(async () => {
    await sql`delete from lexwright_account.outbox`.execute(db)
  })

  const add = (kind: string, count = 1) =>
    sql`insert into lexwright_account.outbox (kind, did, created_at, run_after)
      select ${kind}, ${did}, ${clock.now()}, ${clock.now()} from generate_series(1, ${count}::int)`.execute(
      db,
    )
  const failure = { error: new Error('421 try later'), permanent: false }

  it('gives every due job to one claimer', async () => {
    await add('password-changed', 20)
    const claims = await Promise.all([jobs.claim(8), jobs.claim(8), jobs.claim(8)])
    const ids = claims.flat().map((job) => job.id)
    expect(ids).toHaveLength(20)
    expect(new Set(ids).size).toBe(20)
    expect(await jobs.claim(8)).toEqual([])
  })

  it('claims no more than asked for, oldest first', async () => {
    await add('password-changed')
    clock.advance(1)
    await add('account-deleted')
    expect(await jobs.claim(1)).toMatchObject([{ kind: 'password-changed', attempts: 1 }])
    expect(await jobs.claim(1)).toMatchObject([{ kind: 'account-deleted', attempts: 1 }])
  })

  it('passes a job of a dead process on, and ignores later changes by the dead one', async () => {
    await add('password-changed')
    const [dead] = await jobs.claim(1)
    if (dead === undefined) throw new Error('nothing was claimed')
    clock.advance(119)
    expect(await jobs.claim(1)).toEqual([])
    clock.advance(2)
    const [next] = await jobs.claim(1)
    expect(next).toEqual({ ...dead, attempts: 2 })
    expect(await jobs.prepare(dead)).toBeNull()
    await jobs.succeed(dead)
    await jobs.fail(dead, { ...failure, permanent: true })
    clock.advance(121)
    expect(await jobs.claim(1)).toEqual([{ ...dead, attempts: 3 }])
  })

  it('asks the host for the language of the recipient', async () => {
    const asked: string[] = []
    const mailLanguage = async (of: string) => {
      asked.push(of)
      return 'pt-BR'
    }
    const spoken = createMailJobs({ ...context, mailLanguage })
    await add('password-changed')
    const [job] = await spoken.claim(1)
    if (job === undefined) throw new Error('nothing was claimed')
    expect(await spoken.prepare(job)).toMatchObject({ language: 'pt-BR' })
    expect(asked).toEqual([did])
  })

  it('retries a failed job with backoff and gives it up in the end', async () => {
    await add('password-changed')
    const waits: number[] = []
    for (;;) {
      const [job] = await jobs.claim(1)
      if (job === undefined) break
      await jobs.fail(job, failure)
      const { rows } = await sql<{ wait: number; failed: boolean }>`
        select extract(epoch from run_after - ${clock.now()}::timestamptz)::float8 as wait,
          failed_at is not null as failed from lexwright_account.outbox`.execute(db)
      if (rows[0]?.failed !== false) break
      waits.push(rows[0].wait)
      clock.advance(rows[0].wait)
    }
    expect(waits).toHaveLength(13)
    expect(waits[0]).toBeGreaterThan(11)
    expect(waits[0]).toBeLessThan(19)
    expect(Math.max(...waits)).toBeLessThan(30 * 60 * 1.25)
    const total = waits.reduce((sum, wait) => sum + wait, 0)
    expect(total).toBeGreaterThan(2 * 60 * 60)
  })

  it('gives up a permanently refused mail at once and accepts a new request', async () => {
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    const [job] = await jobs.claim(1)
    if (job === undefined) throw new Error('nothing was claimed')
    await jobs.fail(job, { error: new Error('550 no\0such\0user'), permanent: true })
    clock.advance(24 * 60 * 60)
    expect(await jobs.claim(1)).toEqual([])
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    expect(await jobs.claim(1)).toMatchObject([{ kind: 'password-reset', attempts: 1 }])
  })

  it('keeps failed mails for a month', async () => {
    await add('password-changed', 2)
    for (const job of await jobs.claim(2)) await jobs.fail(job, { ...failure, permanent: true })
    await add('password-changed')
    const removeOldRows = () => removeExpired(context)
    const kept = async () =>
      (await sql`select from lexwright_account.outbox`.execute(db)).rows.length
    clock.advance(30 * 24 * 60 * 60)
    await removeOldRows()
    expect(await kept()).toBe(3)
    clock.advance(1)
    await removeOldRows()
    // Waiting mails are kept, however old.
    expect(await kept()).toBe(1)
  })

  it('creates the reset code only when the mail is prepared', async () => {
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    const tokens = async () =>
      (await sql`select from lexwright_account.reset_token`.execute(db)).rows.length
    expect(await tokens()).toBe(0)
    const [job] = await jobs.claim(1)
    if (job === undefined) throw new Error('nothing was claimed')
    expect(await jobs.prepare(job)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      to: 'alice@example.com',
      content: {
        kind: 'password-reset',
        handle: 'alice.test',
        code: expect.stringMatching(/^[a-z2-7]{5}-[a-z2-7]{5}$/),
        expiresInSeconds: 600,
      },
    })
    expect(await tokens()).toBe(1)
  })

  it('gives a mail a random id, the same for each attempt and different for each code', async () => {
    await add('password-changed')
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    const ids = new Map<string, (string | undefined)[]>()
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const job of await jobs.claim(2)) {
        const mail = await jobs.prepare(job)
        ids.set(job.kind, [...(ids.get(job.kind) ?? []), mail?.id])
        expect(mail?.id).not.toBe(job.id)
        await jobs.fail(job, failure)
      }
      clock.advance(60)
    }
    const [first, second] = ids.get('password-changed') ?? []
    expect(second).toBe(first)
    const [code, later] = ids.get('password-reset') ?? []
    expect(later).not.toBe(code)
    expect(new Set([first, code, later]).size).toBe(3)
  })

  it('brings a reset mail delayed by an outage forward on a new request', async () => {
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    for (let attempt = 0; attempt < 6; attempt++) {
      const [job] = await jobs.claim(1)
      if (job !== undefined) await jobs.fail(job, failure)
      clock.advance(attempt < 5 ? 60 * 60 : 1)
    }
    expect(await jobs.claim(1)).toEqual([])
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    expect(await jobs.claim(1)).toMatchObject([{ kind: 'password-reset', attempts: 7 }])
    // A mail being sent is not changed.
    await requestPasswordReset(context, 'alice@example.com', 'unlimited')
    expect(await jobs.claim(1)).toEqual([])
  })

  it('prepares no obsolete mails', async () => {
    // Deletion notices are only for deleted accounts.
    await add('account-deleted')
    const [job] = await jobs.claim(1)
    if (job === undefined) throw new Error('nothing was claimed')
    expect(await jobs.prepare(job)).toBeNull()
  })
})

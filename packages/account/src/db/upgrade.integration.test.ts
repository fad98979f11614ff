import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AccountHarness,
  createTestClock,
  newestResetCode,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { openDatabase, type TestDatabase } from '@lexwright/testing/postgres/databases'
import { describeSchema } from '@lexwright/testing/postgres/describe-schema'
import { type Kysely, sql } from 'kysely'
import { AccountDisabled, ExpiredToken } from '../errors.ts'
import { migrateSchema } from './migrate.ts'
import { migrations } from './migrations.ts'

const dump = await readFile(new URL('testing/version-0.1.sql', import.meta.url), 'utf8')
const refreshToken = /Refresh token: (\S+)/.exec(dump)?.[1] ?? ''
const resetCode = /Code: (\S+)/.exec(dump)?.[1] ?? ''
/** Time of the dump. */
const now = new Date('2026-03-01T12:10:00.000Z')
const schema = 'lexwright_account'

const TABLES = [
  'account',
  'audit_log',
  'did_operation',
  'invite_code',
  'outbox',
  'rate_limit',
  'reset_token',
  'session',
  'signing_key',
]

async function load(db: Kysely<unknown>): Promise<void> {
  for (const statement of dump.replace(/^--.*\n/gm, '').split(/;\n/)) {
    if (statement.trim() !== '') await sql.raw(statement).execute(db)
  }
}

type Row = Readonly<Record<string, unknown>>

async function readTables(db: Kysely<unknown>): Promise<Readonly<Record<string, readonly Row[]>>> {
  const tables = await Promise.all(
    TABLES.map(async (table) => {
      const { rows } = await sql<Row>`
        select * from ${sql.table(`${schema}.${table}`)} order by 1`.execute(db)
      return [table, rows] as const
    }),
  )
  return Object.fromEntries(tables)
}

describe('a database of version 0.1', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  beforeAll(async () => {
    database = await openDatabase()
    db = database.db
    await load(db)
  })
  afterAll(() => database.close())

  it('has rows in every table', async () => {
    const tables = await readTables(db)
    for (const table of TABLES) expect([table, tables[table]]).not.toEqual([table, []])
    const statuses = tables.account?.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set(['pending', 'active', 'disabled', 'deleted']))
  })

  it('keeps every value of every row at each step, and ends sessions of disabled accounts', async () => {
    const before = await readTables(db)
    const disabled = before.account?.find(({ status }) => status === 'disabled')?.did
    const known = await migrateSchema(db, { schema, now, steps: migrations.slice(0, 4) })
    expect(known).toEqual([])
    for (let count = 5; count <= migrations.length; count++) {
      const steps = migrations.slice(0, count)
      const taken = await migrateSchema(db, { schema, now, steps })
      expect(taken).toEqual([steps.at(-1)?.name])
      if (taken[0] === '0008-sessions-of-disabled') {
        const ended = { revoked_at: expect.any(Date), revoked_reason: 'account-disabled' }
        const open = before.session?.filter(({ did }) => did === disabled) ?? []
        expect(open).toMatchObject([{ revoked_at: null }])
        for (const session of open) Object.assign(session, ended)
      }
      const after = await readTables(db)
      for (const table of TABLES) {
        expect(after[table]).toHaveLength(before[table]?.length ?? 0)
        expect(after[table]).toMatchObject(before[table] ?? [])
      }
    }
  })

  it('ends with the tables of a new database', async () => {
    const committed = await readFile(new URL('./schema.txt', import.meta.url), 'utf8')
    expect(await describeSchema(db, schema)).toBe(committed)
  })

  it('marks an address as confirmed after a password reset, unless a recovery key is older', async () => {
    const { rows } = await sql`
      select handle, email_confirmed_at is not null as confirmed from lexwright_account.account
      where handle in ('alice.test', 'bob.test', 'carol.test') order by handle`.execute(db)
    expect(rows).toEqual([
      { handle: 'alice.test', confirmed: false },
      { handle: 'bob.test', confirmed: false },
      { handle: 'carol.test', confirmed: true },
    ])
  })

  describe('after the upgrade', () => {
    let harness: AccountHarness
    beforeAll(async () => {
      harness = await openAccountHarness(db, { clock: createTestClock(now) })
    })
    afterAll(() => harness.close())
    const logIn = (name: string, password = 'correct horse battery') =>
      harness.accounts.service.logIn({ name, password }, 'unlimited')

    it('continues a session', async () => {
      const { service } = harness.accounts
      const { accessJwt, refreshJwt, handle } = await service.refreshSession(
        refreshToken,
        'unlimited',
      )
      expect(handle).toBe('alice.test')
      await service.authenticate(accessJwt, { allowDisabled: false })
      await service.refreshSession(refreshJwt, 'unlimited')
    })

    it('accepts existing passwords and no others', async () => {
      const { did } = await logIn('alice.test')
      expect((await harness.accounts.service.get(did)).recoveryKey).toMatch(/^did:key:/)
      expect((await logIn('ALICE@example.com')).did).toBe(did)
      await logIn('carol.test', 'another staple entirely')
      await expect(logIn('carol.test')).rejects.toThrow('Wrong name or password')
      await expect(logIn('dave.test')).rejects.toThrow(AccountDisabled)
      for (const name of ['erin.test', 'frank.test']) {
        await expect(logIn(name)).rejects.toThrow('Wrong name or password')
      }
    })

    it('accepts a code mailed before', async () => {
      const { service } = harness.accounts
      const { accessJwt } = await logIn('bob.test')
      await service.resetPassword(
        { token: resetCode, password: 'a third long password' },
        'unlimited',
      )
      await logIn('bob.test', 'a third long password')
      await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
        ExpiredToken,
      )
    })

    it('sends pending mail and completes an interrupted registration', async () => {
      const { accounts, mailbox } = harness
      await accounts.runDueJobs()
      const token = newestResetCode(mailbox, 'heidi@example.com')
      await accounts.service.resetPassword(
        { token, password: 'a third long password' },
        'unlimited',
      )
      await logIn('heidi.test', 'a third long password')
      expect(mailbox.messages.filter(({ to }) => to === 'nobody@example.com')).toEqual([])
      await logIn('grace.test')
    })

    it('enables, restores and purges', async () => {
      const { operator } = harness.accounts
      await operator.enableAccount('dave.test')
      await logIn('dave.test')
      await operator.restoreAccount('erin.test')
      await logIn('erin.test')
      await operator.deleteAccount('erin.test')
      expect(await operator.purgeAccount('erin.test')).toMatchObject({ email: null })
    })

    it('opens the signing keys', async () => {
      const report = await harness.accounts.operator.resealKeys()
      expect(report).toMatchObject({ resealed: 0, failed: [] })
      expect(report.current).toBeGreaterThan(0)
    })

    it('removes a recovery key with the first reset', async () => {
      const { service, runDueJobs } = harness.accounts
      await service.requestPasswordReset('alice@example.com', 'unlimited')
      await runDueJobs()
      const token = newestResetCode(harness.mailbox, 'alice@example.com')
      await service.resetPassword({ token, password: 'a third long password' }, 'unlimited')
      const { rows } = await sql`select from lexwright_account.did_update`.execute(db)
      expect(rows).toHaveLength(1)
    })
  })
})

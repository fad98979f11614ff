import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { hashSync } from 'bcryptjs'
import { type Kysely, sql } from 'kysely'
import { WrongCredentials } from '../errors.ts'

const PASSWORD = 'imported password'
/** Hash of this password, made by @atproto/pds 0.5.35. */
const SCRYPT =
  '8e5611e70b7a4de6f48a3c4bfb676310:bc219aebfd0ea871823bb0d839a395d11a5d4831904166adc7c3eb00ff723b155c3a68438fe1e0e40eed41fbad732d3edc01a667648d0d43f75141fea09110b9'

const plc = (name: string) => `did:plc:${name.padEnd(24, 'a').replace(/[^a-z2-7]/g, 'b')}`
const person = (name: string) => ({
  did: plc(name),
  handle: `${name}.elsewhere.example`,
  email: `${name}@example.com`,
  passwordHash: SCRYPT,
})
const line = (account: object) => JSON.stringify(account)

describe('importing accounts', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  const created: string[] = []
  let refused: string | undefined

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db, {
      hooks: {
        onAccountCreated: async ({ did }) => {
          if (did === refused) throw new Error('the host refuses')
          created.push(did)
        },
      },
    })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const importLines = (...lines: readonly string[]) =>
    harness.accounts.operator.importAccounts(lines)
  const storedHash = async (did: string) => {
    const { rows } = await sql<{ password_hash: string }>`
      select password_hash from lexwright_account.account where did = ${did}`.execute(db)
    return rows[0]?.password_hash
  }

  it.each([
    ['scrypt', SCRYPT],
    ['bcrypt', hashSync(PASSWORD, 4)],
  ])('imports an account with a hash of %s, which its first login replaces', async (kind, hash) => {
    const account = { ...person(`by-${kind}`), passwordHash: hash }
    expect(await importLines(line(account))).toEqual({
      imported: 1,
      present: 0,
      refused: 0,
      problems: [],
    })
    const { service, operator } = harness.accounts
    const wrong = service.logIn({ name: account.handle, password: 'another password' }, 'unlimited')
    await expect(wrong).rejects.toThrow(WrongCredentials)
    const { did } = await service.logIn({ name: account.email, password: PASSWORD }, 'unlimited')
    expect(did).toBe(account.did)
    expect(await storedHash(did)).toMatch(/^v1\./)
    await service.logIn({ name: account.handle, password: PASSWORD }, 'unlimited')
    expect(await service.resolveHandle(account.handle)).toBe(did)
    expect(created).toContain(did)
    const { events, publication } = await operator.showAccount(did)
    expect(events.at(-1)).toMatchObject({ event: 'account.imported', actor: 'admin' })
    expect(publication).toBeNull()
  })

  it('keeps the date of creation, and lets the owner reset, delete and be purged', async () => {
    const account = { ...person('owner'), createdAt: '2024-05-01T08:00:00Z' }
    await importLines(line(account))
    const { service, operator, runDueJobs } = harness.accounts
    expect((await service.get(account.did)).createdAt).toEqual(new Date('2024-05-01T08:00:00Z'))
    await service.requestPasswordReset(account.email, 'unlimited')
    await runDueJobs()
    const token = newestResetCode(harness.mailbox, account.email)
    await service.resetPassword({ token, password: 'another staple entirely' }, 'unlimited')
    await service.logIn({ name: account.handle, password: 'another staple entirely' }, 'unlimited')
    await operator.deleteAccount(account.did)
    expect(await operator.purgeAccount(account.did)).toMatchObject({ email: null })
    await runDueJobs()
  })

  it('recognizes accounts of an earlier run, even after their hash was replaced', async () => {
    const lines = ['first', 'second', 'first'].map((name) => line(person(name)))
    expect(await importLines(...lines)).toMatchObject({ imported: 2, present: 1 })
    await harness.accounts.service.logIn(
      { name: person('first').handle, password: PASSWORD },
      'unlimited',
    )
    const replaced = await storedHash(person('first').did)
    expect(await importLines(...lines)).toMatchObject({ imported: 0, present: 3, refused: 0 })
    expect(await storedHash(person('first').did)).toBe(replaced)
  })

  it('accepts a file with a byte-order mark, blank lines and handles in capitals', async () => {
    const account = { ...person('marked'), handle: 'MARKED.Elsewhere.example' }
    expect(await importLines(`\uFEFF${line(account)}\r`, '', '  ')).toMatchObject({ imported: 1 })
    expect(await harness.accounts.service.resolveHandle('marked.elsewhere.example')).toBe(
      account.did,
    )
  })

  it('skips invalid lines and reports their position without quoting values', async () => {
    const bad = (changes: object) => line({ ...person('bad'), ...changes })
    const {
      imported,
      refused: count,
      problems,
    } = await importLines(
      line(person('good')),
      `{"did": "${SCRYPT}`,
      '[]',
      bad({ did: 'did:key:zQ3', email: 'nobody' }),
      bad({ handle: 'bad' }),
      bad({ passwordHash: 'plain text' }),
      bad({ passwordHash: '$2b$31$'.padEnd(60, 'a') }),
      bad({ passwordHash: undefined }),
      bad({ createdAt: 'yesterday' }),
      bad({ passwort: SCRYPT }),
      bad({ email: 7 }),
      bad({ handle: 'PDS.test' }),
      ' '.repeat(20_000) + 'x'.repeat(20_000),
      line(person('last')),
    )
    expect({ imported, count }).toEqual({ imported: 2, count: 12 })
    expect(problems.map(({ line: at, field }) => [at, field])).toEqual([
      [2, undefined],
      [3, undefined],
      [4, 'did'],
      [4, 'email'],
      [5, 'handle'],
      [6, 'passwordHash'],
      [7, 'passwordHash'],
      [8, 'passwordHash'],
      [9, 'createdAt'],
      [10, 'passwort'],
      [11, 'email'],
      [12, 'handle'],
      [13, undefined],
    ])
    expect(JSON.stringify(problems)).not.toMatch(/8e5611|nobody|yesterday|plain text/)
  })

  it('refuses a handle, email or DID of another account', async () => {
    await importLines(line(person('holder')))
    const { handle, email, did } = person('holder')
    const { problems } = await importLines(
      line({ ...person('thief'), handle }),
      line({ ...person('thief'), email: email.toUpperCase() }),
      line({ ...person('thief'), handle, email }),
      line({ ...person('thief'), did }),
    )
    expect(problems.map(({ line: at, field }) => [at, field])).toEqual([
      [1, 'handle'],
      [2, 'email'],
      [3, 'handle'],
      [3, 'email'],
      [4, 'did'],
    ])
  })

  it('rolls back a line that the host refuses', async () => {
    const account = person('unwanted')
    refused = account.did
    await expect(importLines(line(account))).rejects.toThrow('the host refuses')
    refused = undefined
    expect(await storedHash(account.did)).toBeUndefined()
    expect(await importLines(line(account))).toMatchObject({ imported: 1 })
  })

  it('imports accounts once in two concurrent runs', async () => {
    const lines = Array.from({ length: 8 }, (_, n) => line(person(`twice-${'abcdefgh'[n]}`)))
    const reports = await Promise.all([importLines(...lines), importLines(...lines)])
    expect(reports.reduce((sum, { imported }) => sum + imported, 0)).toBe(8)
    expect(reports.reduce((sum, { present }) => sum + present, 0)).toBe(8)
  })
})

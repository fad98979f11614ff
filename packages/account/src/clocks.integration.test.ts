import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { createMailbox, testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { type AccountModule, createAccountModule } from './module.ts'

const DAY = 24 * 60 * 60 * 1000

// PGlite uses the clock of the machine.
describe('a machine with a wrong clock', () => {
  let database: PostgresDatabase
  let db: Kysely<unknown>
  const modules: AccountModule[] = []

  beforeAll(async () => {
    database = await createAccountDatabase()
    const pool = new pg.Pool({ connectionString: database.url, max: 5 })
    db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await (await createModule()).migrate()
  })
  afterEach(() => void jest.restoreAllMocks())
  afterAll(async () => {
    for (const each of modules) await each.stop()
    await db.destroy()
    await database.drop()
  })

  /** Without an injected clock, like an application. */
  async function createModule(): Promise<AccountModule> {
    const { clock: _, ...options } = await testModuleOptions()
    const accounts = createAccountModule({ ...options, mailer: createMailbox(), db })
    modules.push(accounts)
    return accounts
  }
  /** Shifts the clock of the machine by `wrongBy` milliseconds. */
  function setMachineClock(wrongBy: number): void {
    const { now } = Date
    jest.spyOn(Date, 'now').mockImplementation(() => now.call(Date) + wrongBy)
  }
  const signUp = ({ service }: AccountModule, name: string) =>
    service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )
  const isPurged = async (did: string): Promise<boolean | undefined> => {
    const { rows } = await sql<{ is_purged: boolean }>`
      select purged_at is not null as is_purged from lexwright_account.account where did = ${did}`.execute(
      db,
    )
    return rows[0]?.is_purged
  }

  it.each([
    ['eight days fast', 8 * DAY],
    ['eight days slow', -8 * DAY],
  ])('%s, purges nothing before its time, and restores it', async (wrong, wrongBy) => {
    const name = wrong.replace(/ days /, '')
    const right = await createModule()
    const { did } = await signUp(right, `${name}a`)
    const { did: other } = await signUp(right, `${name}b`)
    await right.operator.deleteAccount(did)

    setMachineClock(wrongBy)
    const accounts = await createModule()
    await accounts.operator.deleteAccount(other)
    await accounts.runDueJobs()
    for (const each of [did, other]) expect(await isPurged(each)).toBe(false)
    jest.restoreAllMocks()
    await right.runDueJobs()
    for (const each of [did, other]) {
      expect(await isPurged(each)).toBe(false)
      expect(await right.operator.restoreAccount(each)).toMatchObject({ status: 'active' })
    }
  })

  it('set back by seconds or minutes, accepts earlier tokens and logs out', async () => {
    const accounts = await createModule()
    for (const [index, minutes] of [0.5, 4].entries()) {
      const { accessJwt, refreshJwt } = await signUp(accounts, `back${index}`)
      setMachineClock(-minutes * 60_000)
      const restarted = await createModule()
      const { service } = restarted
      expect(await service.authenticate(accessJwt, { allowDisabled: false })).toMatchObject({
        handle: `back${index}.test`,
      })
      await service.logOut(refreshJwt)
      jest.restoreAllMocks()
    }
  })

  it('set back by a day, still logs out, and works again once synchronized with the database', async () => {
    const accounts = await createModule()
    const { accessJwt, refreshJwt } = await signUp(accounts, 'dayback')
    setMachineClock(-DAY)
    const restarted = await createModule()
    await restarted.runDueJobs()
    expect(await restarted.service.authenticate(accessJwt, { allowDisabled: false })).toMatchObject(
      { handle: 'dayback.test' },
    )
    const unsynchronized = await createModule()
    await unsynchronized.service.logOut(refreshJwt)
    await expect(
      accounts.service.authenticate(accessJwt, { allowDisabled: false }),
    ).rejects.toThrow('Token has been revoked')
  })
})

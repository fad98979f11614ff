import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { type Database, openDatabase } from './database.ts'
import { createLookup, type Lookup, POSITION } from './lookup.ts'

describe('createLookup on PostgreSQL', () => {
  let postgres: PostgresDatabase
  let host: Kysely<unknown>
  let database: Database<unknown>
  let statements: string[] = []
  let lookup: Lookup<'code', { readonly uses_granted: number; readonly position: number }>

  beforeAll(async () => {
    postgres = await createPostgresDatabase()
    const pool = new pg.Pool({ connectionString: postgres.url })
    host = new Kysely({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void statements.push(query.sql),
    })
    database = openDatabase(host, 'accounts')
    await database.migrate(new Date())
    await insert(Array.from({ length: 40 }, (_, n) => ({ code: `code ${n}`, uses: n + 1 })))
  })
  afterAll(async () => {
    await host.destroy()
    await postgres.drop()
  })
  beforeEach(() => {
    statements = []
    lookup = createLookup(database.queries, ['code'], (db, wanted) =>
      db
        .selectFrom(wanted)
        .innerJoin('invite_code', 'invite_code.code', 'wanted.code')
        .select([POSITION, 'invite_code.uses_granted'])
        .where('invite_code.uses_granted', '>', 0),
    )
  })

  const insert = (codes: readonly { readonly code: string; readonly uses: number }[]) =>
    database.queries
      .insertInto('invite_code')
      .values(
        codes.map(({ code, uses }) => ({
          code,
          uses_granted: uses,
          uses_left: uses,
          created_by: 'admin',
          created_at: new Date(),
        })),
      )
      .execute()
  const usesOf = async (code: string) => (await lookup({ code }))?.uses_granted

  it('gives each caller its own row, in few statements', async () => {
    const codes = Array.from({ length: 44 }, (_, n) => `code ${n % 42}`)
    const uses = await Promise.all(codes.map(usesOf))
    expect(uses).toEqual(codes.map((_, n) => (n % 42 < 40 ? (n % 42) + 1 : undefined)))
    expect(statements).toHaveLength(3)
  })

  it('sends the same SQL for one key and for many, as prepared statements need', async () => {
    expect(await usesOf('code 7')).toBe(8)
    expect(await Promise.all(['code 1', 'code 2', 'code 3', 'code 4'].map(usesOf))).toEqual([
      2, 3, 4, 5,
    ])
    expect(statements).toHaveLength(4)
    expect(new Set(statements).size).toBe(1)
  })

  it.each(["it's", 'a"b', 'a\\b', '{a,b}', 'NULL', '', 'ä\u{1F600}', ' code 7', 'code 7 '])(
    'passes %j through unchanged',
    async (code) => {
      expect(await usesOf(code)).toBeUndefined()
      await insert([{ code, uses: 99 }])
      expect(await usesOf(code)).toBe(99)
    },
  )

  it('finds no row for a key with a NUL, which does not fail the others in its statement', async () => {
    const codes = ['code 1', 'code 2', 'code\0', 'code 3']
    expect(await Promise.all(codes.map(usesOf))).toEqual([2, 3, undefined, 4])
  })

  it('sees everything committed before the call, even while statements are running', async () => {
    const blocked = await host.startTransaction().execute()
    await sql`lock table accounts.invite_code in access exclusive mode`.execute(blocked)
    const early = ['code 1', 'code 2'].map(usesOf)
    await sql`insert into accounts.invite_code (code, uses_granted, uses_left, created_by, created_at)
      values ('late', 5, 5, 'admin', now())`.execute(blocked)
    const late = usesOf('late')
    await blocked.commit().execute()
    expect(await Promise.all([...early, late])).toEqual([2, 3, 5])
  })

  it('changes a row once per statement, for one of the callers', async () => {
    const use = createLookup(database.queries, ['code'], (db, wanted) =>
      db
        .updateTable('invite_code')
        .from(wanted)
        .set((eb) => ({ uses_left: eb('invite_code.uses_left', '-', 1) }))
        .whereRef('invite_code.code', '=', 'wanted.code')
        .returning(POSITION),
    )
    const codes = ['code 10', 'code 11', 'code 12', 'code 13', 'code 12', 'none']
    const used = await Promise.all(codes.map((code) => use({ code })))
    expect(statements).toHaveLength(3)
    const names = codes.filter((_, n) => used[n] !== undefined)
    expect(names.sort()).toEqual(['code 10', 'code 11', 'code 12', 'code 13'])
    const { uses_left } = await database.queries
      .selectFrom('invite_code')
      .select('uses_left')
      .where('code', '=', 'code 12')
      .executeTakeFirstOrThrow()
    expect(uses_left).toBe(12)
  })

  it('fails for all callers of a failed statement and then works again', async () => {
    await sql`alter table accounts.invite_code rename to away`.execute(host)
    const codes = ['code 1', 'code 2', 'code 3', 'code 4']
    const failed = await Promise.allSettled(codes.map(usesOf))
    await sql`alter table accounts.away rename to invite_code`.execute(host)
    expect(failed).toMatchObject(
      codes.map(() => ({ status: 'rejected', reason: { code: '42P01' } })),
    )
    expect(await Promise.all(codes.map(usesOf))).toEqual([2, 3, 4, 5])
  })
})

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createPostgresDatabase,
  openDatabase,
  type TestDatabase,
} from '@lexwright/testing/postgres/databases'
import { describeSchema } from '@lexwright/testing/postgres/describe-schema'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { migrateSchema } from './migrate.ts'
import { migrations } from './migrations.ts'

const now = new Date('2026-03-01T12:00:00.000Z')

describe('migrateSchema', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openDatabase()
  })
  afterAll(() => database.close())

  it('applies every migration once', async () => {
    const options = { schema: 'once', now }
    const names = migrations.map((step) => step.name)
    expect(await migrateSchema(database.db, options)).toEqual(names)
    expect(await migrateSchema(database.db, options)).toEqual([])
  })

  it('creates the schema in schema.txt; after a new migration, run packages/testing/src/accounts/write-account-schema.ts', async () => {
    await migrateSchema(database.db, { schema: 'described', now })
    const committed = await readFile(new URL('./schema.txt', import.meta.url), 'utf8')
    expect(await describeSchema(database.db, 'described')).toBe(committed)
  })

  it('rolls back a failed migration and those before it', async () => {
    const steps = [
      ...migrations,
      {
        name: '9999-broken',
        up: async (db: Kysely<unknown>) => {
          await db.schema.createTable('half').addColumn('id', 'integer').execute()
          throw new Error('broken step')
        },
      },
    ]
    await expect(migrateSchema(database.db, { schema: 'broken', now, steps })).rejects.toThrow(
      'broken step',
    )
    const { rows } = await sql`select from pg_namespace where nspname = 'broken'`.execute(
      database.db,
    )
    expect(rows).toHaveLength(0)
  })

  it('commits or rolls back with a transaction of the host', async () => {
    const schema = 'within'
    const { db } = database
    const undone = db.transaction().execute(async (tx) => {
      expect(await migrateSchema(tx, { schema, now })).toHaveLength(migrations.length)
      throw new Error('a later migration fails')
    })
    await expect(undone).rejects.toThrow('a later migration fails')
    const names = await db.transaction().execute((tx) => migrateSchema(tx, { schema, now }))
    expect(names).toHaveLength(migrations.length)
    expect(await migrateSchema(db, { schema, now })).toEqual([])
  })

  it('ignores migrations of a newer version', async () => {
    const newer = { name: '9999-newer', up: async () => {} }
    await migrateSchema(database.db, { schema: 'newer', now, steps: [...migrations, newer] })
    expect(await migrateSchema(database.db, { schema: 'newer', now })).toEqual([])
  })

  it('uses a schema created by the operator', async () => {
    await database.db.schema.createSchema('prepared').execute()
    expect(await migrateSchema(database.db, { schema: 'prepared', now })).not.toEqual([])
  })
})

describe('migrateSchema on PostgreSQL, from several processes at once', () => {
  it.each(['read committed', 'serializable'])(
    'migrates in one of them, at %s',
    async (isolation) => {
      const database = await createPostgresDatabase()
      const name = new URL(database.url).pathname.slice(1)
      const admin = new pg.Client({ connectionString: database.url })
      await admin.connect()
      await admin.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`)
      await admin.end()

      const processes = Array.from({ length: 6 }, () => {
        const pool = new pg.Pool({ connectionString: database.url, max: 1 })
        return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      })
      try {
        const taken = await Promise.all(
          processes.map((db) => migrateSchema(db, { schema: 'raced', now })),
        )
        expect(taken.filter((steps) => steps.length > 0)).toHaveLength(1)
      } finally {
        await Promise.all(processes.map((db) => db.destroy()))
        await database.drop()
      }
    },
  )
})

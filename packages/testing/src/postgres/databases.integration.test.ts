import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sql } from 'kysely'
import { type TestDatabase, testDatabases } from './databases.ts'

describe.each(testDatabases)('a test database on $name', ({ open }) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  it('is PostgreSQL 18', async () => {
    const { rows } = await sql<{ version: string }>`select version()`.execute(database.db)
    expect(rows[0]?.version).toMatch(/^PostgreSQL 18\./)
  })

  it('starts empty', async () => {
    expect(await database.db.introspection.getTables()).toEqual([])
  })
})

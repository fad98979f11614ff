import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sql } from 'kysely'
import { openDatabase, type TestDatabase } from './databases.ts'

describe('a test database', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openDatabase()
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

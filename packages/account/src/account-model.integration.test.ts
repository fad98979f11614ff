import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runAccountModel } from '@lexwright/testing/accounts/account-model/run-account-model'
import { type TestDatabase, testDatabases } from '@lexwright/testing/postgres/databases'

/** A few sequences; `scripts/checks/account-model.ts` tries as many as one likes. */
describe('random sequences of everything', () => {
  let database: TestDatabase | undefined
  beforeAll(async () => {
    database = await testDatabases.find(({ name }) => name === 'PostgreSQL')?.open()
  })
  afterAll(() => database?.close())

  it('do what the model does, through crashes and outages', async () => {
    if (database === undefined) throw new Error('no PostgreSQL')
    await expect(runAccountModel(database.db, { runs: 25, steps: 40 })).resolves.toBeUndefined()
  }, 120_000)
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { runAccountModel } from '@lexwright/testing/accounts/account-model/run-account-model'

/** A few sequences; `scripts/checks/account-model.ts` runs any number. */
describe('random sequences of everything', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openAccountDatabase()
  })
  afterAll(() => database.close())

  it('behave like the model through crashes and outages', async () => {
    await expect(runAccountModel(database.db, { runs: 4, steps: 40 })).resolves.toBeUndefined()
  }, 120_000)
})

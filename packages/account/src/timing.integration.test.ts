import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type TestDatabase, testDatabases } from '@lexwright/testing/postgres/databases'
import { DISTINCT, distinguish } from '@lexwright/testing/timing/distinguish'
import { type TimingSubject, timingSubjects } from '@lexwright/testing/timing/timing-subjects'

/**
 * A short run of `scripts/checks/timing.ts`, which takes many more samples. A fair comparison that looks
 * like a leak by chance is made again; a leak looks like one every time.
 */
describe('the time of an answer', () => {
  const SAMPLES = 150
  const ATTEMPTS = 3
  let database: TestDatabase
  let harness: AccountHarness
  let subjects: readonly TimingSubject[]
  beforeAll(async () => {
    const [postgres] = testDatabases
    if (postgres === undefined) throw new Error('there is no database to test on')
    database = await postgres.open()
    const { policy } = await testModuleOptions({ bcryptCost: 5 })
    harness = await openAccountHarness(database.db, { policy })
    await harness.accounts.start()
    subjects = await timingSubjects(harness, database.db)
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  it.each([0, 1, 2, 3])('tells nobody who has an account (%i)', async (index) => {
    const subject = subjects[index]
    if (subject === undefined) throw new Error('there is no such subject')
    const zs: number[] = []
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { z } = await distinguish(subject.pair, SAMPLES)
      zs.push(Math.abs(z))
      if (Math.abs(z) < DISTINCT) break
    }
    expect([subject.name, Math.min(...zs) < DISTINCT]).toEqual([subject.name, true])
  })

  it('would tell, if there were a leak', async () => {
    for (const { leaks } of subjects) {
      for (const { name, pair } of leaks) {
        let found = 0
        // On a busy machine a small leak takes more samples to see, as it would an attacker.
        for (let samples = SAMPLES * 2; samples <= SAMPLES * 16 && found < DISTINCT; samples *= 2) {
          found = Math.abs((await distinguish(pair, samples)).z)
        }
        expect([name, found >= DISTINCT]).toEqual([name, true])
      }
    }
  }, 900_000)
})

import { afterAll, describe, expect, it } from '@jest/globals'
import * as Create from '@lexwright/generated/types/com/atproto/account/create'
import {
  accountOf,
  cleanUp,
  directory,
  person,
  start,
} from '@lexwright/testing/programs/running-programs'

afterAll(cleanUp)

describe('an answered sign-up', () => {
  it('survives kill -9', async () => {
    const data = await directory()
    const answered: string[] = []
    // Limits would stop so many sign-ups from one address.
    const unlimited = { PDS_RATE_LIMITS_ENABLED: 'false' }
    let program = await start(data, unlimited)
    for (let round = 0; round < 3; round++) {
      const account = accountOf(program)
      const enough = Promise.withResolvers<void>()
      const signups = Array.from({ length: 50 }, async (_, i) => {
        const name = `crash-${round}-${i}`
        await account.create(person(name))
        answered.push(name)
        if (answered.length >= 50 * round + 20) enough.resolve()
      })
      await enough.promise
      await program.signal('SIGKILL')
      await Promise.allSettled(signups)
      program = await start(data, unlimited)
    }
    expect(answered.length).toBeGreaterThanOrEqual(60)
    const account = accountOf(program)
    for (const name of answered) {
      await expect(account.create(person(name))).rejects.toThrow(Create.HandleNotAvailableError)
    }
    // One that was not answered can be had: it is either free or resumed.
    const unanswered = Array.from(
      { length: 150 },
      (_, i) => `crash-${Math.floor(i / 50)}-${i % 50}`,
    ).filter((name) => !answered.includes(name))
    const outcomes = await Promise.allSettled(
      unanswered.slice(0, 20).map((name) => account.create(person(name))),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toBeInstanceOf(Create.HandleNotAvailableError)
      }
    }
  }, 120_000)
})

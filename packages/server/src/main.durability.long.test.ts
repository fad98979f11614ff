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
    const names = Array.from({ length: 30 }, (_, n) => `crash-${n}`)
    const answered: string[] = []
    // Rate limits would stop so many sign-ups from one address.
    const unlimited = { PDS_RATE_LIMITS_ENABLED: 'false' }
    const killed = await start(data, unlimited)
    const first = accountOf(killed)
    const enough = Promise.withResolvers<void>()
    const signups = names.map(async (name) => {
      await first.create(person(name))
      answered.push(name)
      if (answered.length >= 10) enough.resolve()
    })
    await enough.promise
    await killed.signal('SIGKILL')
    await Promise.allSettled(signups)

    const account = accountOf(await start(data, unlimited))
    for (const name of answered) {
      await expect(account.create(person(name))).rejects.toThrow(Create.HandleNotAvailableError)
    }
    // An unanswered sign-up can be repeated: its handle is free, or the sign-up is resumed.
    const unanswered = names.filter((name) => !answered.includes(name))
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

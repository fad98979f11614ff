import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createBackgroundJob } from './background-job.ts'

describe('a background job', () => {
  it('repeats, even after a failure, until it is stopped', async () => {
    const failures: unknown[] = []
    let runs = 0
    const second = Promise.withResolvers<void>()
    const job = createBackgroundJob({
      interval: 0.01,
      run: async () => {
        runs++
        if (runs === 1) throw new Error('first')
        if (runs === 2) second.resolve()
      },
      onFailure: (error) => failures.push(error),
    })
    job.start()
    job.start()
    await second.promise
    await job.stop()
    const after = runs
    await delay(40)
    expect(runs).toBe(after)
    expect(failures).toEqual([new Error('first')])
  })

  it('waits for the configured delay before the first run', async () => {
    let runs = 0
    const job = createBackgroundJob({
      interval: 0.001,
      firstDelay: 1e6,
      run: async () => runs++,
      onFailure: () => {},
    })
    job.start()
    await delay(40)
    await job.stop()
    expect(runs).toBe(0)
  })

  it('waits only for the current run when it is stopped', async () => {
    const begun = Promise.withResolvers<void>()
    let done = false
    const busy = createBackgroundJob({
      interval: 0.001,
      run: async () => {
        begun.resolve()
        await delay(30)
        done = true
      },
      onFailure: () => {},
    })
    busy.start()
    await begun.promise
    await busy.stop()
    expect(done).toBe(true)

    const idle = createBackgroundJob({ interval: 3600, run: async () => {}, onFailure: () => {} })
    idle.start()
    await idle.stop()
    await createBackgroundJob({ interval: 1, run: async () => {}, onFailure: () => {} }).stop()
  })
})

import { describe, expect, it } from '@jest/globals'
import { createReadiness } from './health.ts'

const NO_ANSWER = 'The database does not answer'

describe('createReadiness', () => {
  it('is ready while the database answers, and again once it does', async () => {
    let down = false
    const ping = async () => {
      if (down) throw new Error('connection refused')
    }
    const readiness = createReadiness({ ping, freshness: -1 })
    expect(await readiness.check()).toBeUndefined()
    down = true
    expect(await readiness.check()).toBe(NO_ANSWER)
    down = false
    expect(await readiness.check()).toBeUndefined()
  })

  it('does not wait for a database that says nothing', async () => {
    const readiness = createReadiness({ ping: () => new Promise(() => {}), timeout: 20 })
    expect(await readiness.check()).toBe(NO_ANSWER)
  })

  it('asks the database once, however often it is asked', async () => {
    let pings = 0
    const readiness = createReadiness({
      ping: async () => {
        pings += 1
      },
    })
    await Promise.all(Array.from({ length: 100 }, () => readiness.check()))
    expect(pings).toBe(1)
  })

  it('is not ready while the process goes away, whatever the database says', async () => {
    const readiness = createReadiness({ ping: async () => {} })
    readiness.startDraining()
    expect(await readiness.check()).toBe('The service is shutting down')
  })
})

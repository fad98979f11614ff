import { describe, expect, it } from '@jest/globals'
import { createReadiness } from './health.ts'

const NO_ANSWER = 'The database does not answer'

const lines: string[] = []
const logger = {
  info: (_fields: object, message: string) => void lines.push(message),
  warn: (_fields: object, message: string) => void lines.push(message),
}

describe('createReadiness', () => {
  it('is ready while the database answers, also after an outage', async () => {
    let down = false
    const ping = async () => {
      if (down) throw new Error('connection refused')
    }
    const readiness = createReadiness({ ping, logger, freshness: -1 })
    expect(await readiness.check()).toBeUndefined()
    down = true
    expect(await readiness.check()).toBe(NO_ANSWER)
    down = false
    expect(await readiness.check()).toBeUndefined()
  })

  it('logs an outage once, and its end', async () => {
    lines.length = 0
    let down = true
    const ping = async () => {
      if (down) throw new Error('connection refused')
    }
    const readiness = createReadiness({ ping, logger, freshness: -1 })
    await readiness.check()
    await readiness.check()
    down = false
    await readiness.check()
    await readiness.check()
    expect(lines).toEqual(['not ready: the database does not answer', 'the database answers again'])
  })

  it('does not wait for a database that does not answer', async () => {
    const readiness = createReadiness({ ping: () => new Promise(() => {}), logger, timeout: 20 })
    expect(await readiness.check()).toBe(NO_ANSWER)
  })

  it('pings the database once for concurrent checks', async () => {
    let pings = 0
    const readiness = createReadiness({
      logger,
      ping: async () => {
        pings += 1
      },
    })
    await Promise.all(Array.from({ length: 100 }, () => readiness.check()))
    expect(pings).toBe(1)
  })

  it('is not ready while the process shuts down, even if the database answers', async () => {
    const readiness = createReadiness({ ping: async () => {}, logger })
    readiness.startDraining()
    expect(await readiness.check()).toBe('The service is shutting down')
  })
})

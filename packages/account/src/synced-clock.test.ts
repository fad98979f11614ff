import { describe, expect, it } from '@jest/globals'
import { createSyncedClock } from './synced-clock.ts'

const NOON = Date.parse('2026-03-01T12:00:00.000Z')
const DAY = 24 * 60 * 60 * 1000

/** A machine and a database with separate clocks. */
function setup() {
  const lines: unknown[] = []
  const state = { wall: NOON, monotonic: 1_000, database: NOON }
  const log = (fields: object, message: string) => void lines.push([message, fields])
  const clock = createSyncedClock({
    logger: { info: log, warn: log },
    wall: () => state.wall,
    monotonic: () => state.monotonic,
  })
  const pass = (ms: number): void => {
    state.wall += ms
    state.monotonic += ms
    state.database += ms
  }
  const sync = (roundTrip = 0) =>
    clock.sync(async () => {
      pass(roundTrip / 2)
      const time = new Date(state.database)
      pass(roundTrip / 2)
      return time
    })
  return { clock, state, lines, pass, sync }
}

describe('the synchronized clock', () => {
  it('follows the machine’s clock until synchronized, then the database’s', async () => {
    const { clock, state, pass, sync } = setup()
    state.wall += 8 * DAY
    expect(clock.now().getTime()).toBe(NOON + 8 * DAY)
    await sync(100)
    expect(clock.now().getTime()).toBe(state.database)
    pass(60_000)
    expect(clock.now().getTime()).toBe(state.database)
  })

  it('does not jump when the machine’s clock is set', async () => {
    const { clock, state, pass, sync } = setup()
    await sync()
    state.wall -= 30_000
    pass(1_000)
    expect(clock.now().getTime()).toBe(NOON + 1_000)
  })

  it('logs a difference once, and its end', async () => {
    const { state, lines, sync } = setup()
    await sync()
    expect(lines).toEqual([])
    state.wall -= 30_000
    await sync()
    await sync()
    expect(lines).toEqual([
      ['the clock of this machine differs from the database’s', { aheadSeconds: -30 }],
    ])
    state.wall += 30_000
    await sync()
    expect(lines).toHaveLength(2)
  })

  it('ignores an answer that took too long', async () => {
    const { clock, state, sync } = setup()
    await sync()
    state.database += DAY
    await sync(60_000)
    expect(clock.now().getTime()).toBe(NOON + 60_000)
  })
})

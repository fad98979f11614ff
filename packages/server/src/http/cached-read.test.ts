import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createCachedRead } from './cached-read.ts'

const FRESHNESS = 60_000

describe('createCachedRead', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  /** Reads take `duration` milliseconds; returns the number of reads after a while. */
  async function readsAfter(duration: number, pause: number): Promise<number> {
    let reads = 0
    const read = createCachedRead(async () => {
      reads++
      await new Promise((resolve) => setTimeout(resolve, duration))
      return reads
    }, FRESHNESS)
    void read.latest()
    await jest.advanceTimersByTimeAsync(duration)
    await jest.advanceTimersByTimeAsync(pause)
    void read.latest()
    return reads
  }

  it.each([
    { duration: 10, pause: FRESHNESS - 1, reads: 1 },
    { duration: 10, pause: FRESHNESS, reads: 2 },
    { duration: 2_000, pause: 199_000, reads: 1 },
    { duration: 2_000, pause: 200_000, reads: 2 },
  ])(
    'after a read of $duration ms has read $reads times in $pause ms',
    async ({ duration, pause, reads }) => {
      expect(await readsAfter(duration, pause)).toBe(reads)
    },
  )
})

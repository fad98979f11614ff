import { describe, expect, it } from '@jest/globals'
import { backoffSeconds } from './backoff.ts'

describe('backoffSeconds', () => {
  const after = (attempts: number, random = 0.5) =>
    backoffSeconds(attempts, { first: 15, max: 100 }, () => random)

  it('doubles with every attempt, up to the maximum', () => {
    expect([1, 2, 3, 4, 5, 2000].map((attempts) => after(attempts))).toEqual([
      15, 30, 60, 100, 100, 100,
    ])
  })

  it('has up to a quarter of jitter either way', () => {
    expect([after(2, 0), after(2, 1)]).toEqual([22.5, 37.5])
    expect([after(9, 0), after(9, 1)]).toEqual([75, 125])
  })
})

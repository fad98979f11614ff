import { describe, expect, it } from '@jest/globals'
import { FREE_FAILURES, FREE_MAILS, loginPause, mailDelay } from './slow-down.ts'

describe('the delays for an account under attack', () => {
  it('do not affect a few typing errors', () => {
    for (let failures = 0; failures < FREE_FAILURES; failures++) {
      expect(loginPause(failures)).toBe(0)
    }
    for (let requests = 0; requests <= FREE_MAILS; requests++) expect(mailDelay(requests)).toBe(0)
  })

  it('grow up to a bound that a person can wait for', () => {
    const pauses = [10, 11, 12, 15, 16, 1_000_000].map(loginPause)
    expect(pauses).toEqual([100, 200, 400, 3200, 5000, 5000])
    const delays = [6, 7, 9, 10, 1_000_000].map(mailDelay)
    expect(delays).toEqual([60, 120, 480, 900, 900])
  })
})

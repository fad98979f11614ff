import { describe, expect, it } from '@jest/globals'
import { defaultLimits, type Limits, resolveLimits } from './limits.ts'

describe('resolveLimits', () => {
  it('changes the given limits and keeps the rest', () => {
    expect(resolveLimits()).toEqual(defaultLimits)
    const login = { points: 3, window: 10 }
    expect(resolveLimits({ login })).toEqual({ ...defaultLimits, login })
  })

  it.each([
    [{ logins: { points: 1, window: 1 } }, 'there is no rate limit logins'],
    [{ login: { points: 0, window: 1 } }, 'rate limit login'],
    [{ login: { points: 1, window: 0.5 } }, 'rate limit login'],
    [{ login: { points: Number.POSITIVE_INFINITY, window: 1 } }, 'rate limit login'],
  ])('refuses %j', (changes, message) => {
    expect(() => resolveLimits(changes as Partial<Limits>)).toThrow(message)
  })
})

import { describe, expect, it } from '@jest/globals'
import { TokenCache } from './token-cache.ts'

const at = (seconds: number) => new Date(seconds * 1000)

describe('TokenCache', () => {
  it('forgets a token at its exp', () => {
    const cache = new TokenCache(10)
    cache.set('a', { expiresAt: at(100) })
    expect(cache.get('a', at(99))).toEqual({ expiresAt: at(100) })
    expect(cache.get('a', at(100))).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('evicts the least recently used token', () => {
    const cache = new TokenCache(2)
    cache.set('a', { expiresAt: at(100) })
    cache.set('b', { expiresAt: at(100) })
    cache.get('a', at(0))
    cache.set('c', { expiresAt: at(100) })
    expect(cache.size).toBe(2)
    expect(cache.get('b', at(0))).toBeUndefined()
    expect(cache.get('a', at(0))).toBeDefined()
  })

  it('caches nothing when its limit is 0', () => {
    const cache = new TokenCache(0)
    cache.set('a', { expiresAt: at(100) })
    expect(cache.get('a', at(0))).toBeUndefined()
  })
})

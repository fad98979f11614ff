import { describe, expect, it } from '@jest/globals'
import { systemRandom } from '../crypto/random.ts'
import { looksLikeAppPassword, randomAppPassword } from './app-password.ts'

describe('an app password', () => {
  it('has the form that clients recognize and differs each time', () => {
    const passwords = Array.from({ length: 100 }, () => randomAppPassword(systemRandom))
    for (const password of passwords) {
      expect(password).toMatch(/^[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$/)
      expect(looksLikeAppPassword(password)).toBe(true)
    }
    expect(new Set(passwords).size).toBe(100)
  })

  it.each([
    '',
    'aaaa-aaaa-aaaa',
    'AAAA-aaaa-aaaa-aaaa',
    'aaaa-aaaa-aaaa-aaaa ',
    'aaaa-aaaa-aaaa-aaa1',
  ])('is not %j', (text) => {
    expect(looksLikeAppPassword(text)).toBe(false)
  })
})

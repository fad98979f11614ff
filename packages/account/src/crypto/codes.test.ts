import { describe, expect, it } from '@jest/globals'
import { hmacCode, normalizeCode, randomCode } from './codes.ts'
import { systemRandom } from './random.ts'

describe('randomCode', () => {
  it('has ten base32 symbols in two groups', () => {
    for (let i = 0; i < 1000; i++)
      expect(randomCode(systemRandom)).toMatch(/^[a-z2-7]{5}-[a-z2-7]{5}$/)
  })

  it('uses fifty bits: five of each random byte', () => {
    expect(randomCode(() => Uint8Array.from({ length: 10 }, (_, i) => i))).toBe('abcde-fghij')
    expect(randomCode((size) => new Uint8Array(size).fill(255))).toBe('77777-77777')
    expect(randomCode((size) => new Uint8Array(size).fill(224))).toBe('aaaaa-aaaaa')
  })

  it('does not repeat', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => randomCode(systemRandom))).size).toBe(
      10_000,
    )
  })
})

describe('normalizeCode', () => {
  it.each([
    'abcde-fghij',
    'ABCDE-FGHIJ',
    ' abcde-fghij\n',
    'ab cde fgh ij',
    'abcdefghij',
    'abcde-\u200bfghij',
  ])('reads %j', (typed) => expect(normalizeCode(typed)).toBe('abcde-fghij'))

  it.each(['', 'abcde', 'abcde-fghij-klmno', '\0', '\ud800'])('maps %j to no code', (typed) => {
    expect(normalizeCode(typed)).not.toMatch(/^.{5}-.{5}$/s)
  })
})

describe('hmacCode', () => {
  it('depends on the code and the key', () => {
    const stored = hmacCode('key', 'abcde-fghij')
    expect(stored).toMatch(/^[\w-]{43}$/)
    expect(hmacCode('key', 'abcde-fghij')).toBe(stored)
    expect(hmacCode('key', 'abcde-fghik')).not.toBe(stored)
    expect(hmacCode('yek', 'abcde-fghij')).not.toBe(stored)
  })
})

import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@lexwright/testing/any-character'
import fc from 'fast-check'
import { InvalidEmail } from '../errors.ts'
import { canonicalEmail, checkEmail } from './email.ts'

describe('checkEmail', () => {
  it.each([
    ['alice@example.com', 'alice@example.com'],
    ['Alice.Smith+Tag@Example.COM', 'alice.smith+tag@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['a@b.co', 'a@b.co'],
    ['a@sub.domain.example.co.uk', 'a@sub.domain.example.co.uk'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@1and1.de', 'a@1and1.de'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('reads %s', (typed, canonical) => {
    expect(checkEmail(typed)).toEqual({ typed, canonical })
  })

  it.each([
    '',
    'alice',
    '@example.com',
    'alice@',
    'alice@example',
    'alice@@example.com',
    'alice@exa mple.com',
    ' alice@example.com',
    'alice@example.com ',
    'alice@example.com\r\nBcc: eve@example.com',
    'alice@example.com\n',
    'ali\0ce@example.com',
    'alice@exam\0ple.com',
    'alice@exam\tple.com',
    '.alice@example.com',
    'alice.@example.com',
    'al..ice@example.com',
    '"al ice"@example.com',
    'alice(comment)@example.com',
    'Alice <alice@example.com>',
    'alice@example.com,eve@example.com',
    'alice@-example.com',
    'alice@example-.com',
    'alice@.example.com',
    'alice@example.com.',
    'alice@127.0.0.1',
    'alice@[127.0.0.1]',
    'alice@example.123',
    'alice@ex%61mple.com',
    'alice@xn--a.com',
    'müller@example.com',
    'alice\ud800@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'b.'.repeat(126)}com`,
  ])('refuses %j', (typed) => {
    expect(() => checkEmail(typed)).toThrow(InvalidEmail)
  })

  it('distinguishes look-alikes from the letters that IDNA or lower-casing maps them to', () => {
    const kelvin = '\u212A'
    const longS = '\u017F'
    expect(canonicalEmail(`${kelvin}ate@example.com`)).toBeNull()
    expect(canonicalEmail(`kate@mar${kelvin}.com`)).toBeNull()
    expect(canonicalEmail(`kate@te${longS}t.com`)).toBeNull()
    expect(canonicalEmail('kate@ｅxample.com')).toBeNull()
    expect(canonicalEmail('kate@example\u3002com')).toBeNull()
    expect(canonicalEmail('kate@exam\u00adple.com')).toBeNull()
    // A Cyrillic а is another letter and gives another domain.
    expect(canonicalEmail('kate@ex\u0430mple.com')).toMatch(/@xn--/)
  })

  it('returns short lower-case ASCII only, and is idempotent', () => {
    const text = fc.string({ unit: anyCharacter(), maxLength: 60 })
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.emailAddress(),
          fc.tuple(text, text).map((t) => t.join('@')),
        ),
        (typed) => {
          const canonical = canonicalEmail(typed)
          if (canonical === null) return
          expect(canonical).toMatch(/^[!-~]{3,254}$/)
          expect(canonical).toBe(canonical.toLowerCase())
          expect(canonicalEmail(canonical)).toBe(canonical)
        },
      ),
    )
  })
})

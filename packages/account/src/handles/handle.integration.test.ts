import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@lexwright/testing/any-character'
import fc from 'fast-check'
import { AccountError, HandleNotAvailable, InvalidHandle } from '../errors.ts'
import { checkHandle, type HandleRules } from './handle.ts'
import { defaultReservedLabels } from './reserved-labels.ts'

const rules: HandleRules = {
  domains: ['.test', '.dev.test', '.example.com'],
  reserved: new Set(['admin', 'taken.test']),
}

describe('checkHandle', () => {
  it.each([
    ['alice.test', 'alice.test'],
    ['ALICE.Test', 'alice.test'],
    ['abc.test', 'abc.test'],
    ['a-b.test', 'a-b.test'],
    ['abcdefghijklmnopqr.test', 'abcdefghijklmnopqr.test'],
    ['bob.dev.test', 'bob.dev.test'],
    ['123.example.com', '123.example.com'],
    // Reserved only under another domain
    ['taken.example.com', 'taken.example.com'],
  ])('takes %s', (typed, handle) => {
    expect(checkHandle(typed, rules)).toBe(handle)
  })

  it.each([
    ['xn--bcher-kva.test', /internationalized/],
    ['XN--bcher-kva.test', /internationalized/],
    ['', /valid/],
    ['alice', /valid/],
    [' alice.test', /valid/],
    ['alice.test ', /valid/],
    ['alice.test\n', /valid/],
    ['alice\0.test', /valid/],
    ['al_ice.test', /valid/],
    ['-alice.test', /valid/],
    ['alice-.test', /valid/],
    ['.test', /valid/],
    ['alice..test', /valid/],
    ['alice.test.', /valid/],
    [`${'a'.repeat(260)}.test`, /valid/],
    // In lower case the Kelvin sign is a k; in upper case the long s is an S
    ['\u212Aate.test', /valid/],
    ['\u017Fue.test', /valid/],
    ['ａｌｉｃｅ.test', /valid/],
    ['alice.com', /must end in one of: \.test, \.dev\.test, \.example\.com/],
    ['alicetest.org', /must end in/],
    ['ab.test', /at least 3 characters before \.test/],
    ['abcdefghijklmnopqrs.test', /at most 18 characters before \.test/],
    ['a.alice.test', /single name before \.test/],
    // The longest suffix wins: `dev` under `.test` only counts if no longer suffix matches
    ['x.bob.dev.test', /single name before \.dev\.test/],
    ['ab.dev.test', /at least 3 characters before \.dev\.test/],
  ])('refuses %j with the reason', (typed, message) => {
    const check = () => checkHandle(typed, rules)
    expect(check).toThrow(InvalidHandle)
    expect(check).toThrow(message)
  })

  it('refuses reserved labels and reserved handles', () => {
    expect(() => checkHandle('admin.test', rules)).toThrow(HandleNotAvailable)
    expect(() => checkHandle('Admin.example.com', rules)).toThrow(HandleNotAvailable)
    expect(() => checkHandle('taken.test', rules)).toThrow(HandleNotAvailable)
  })

  it('accepts or refuses any text and never throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter(), maxLength: 40 }), (text) => {
        for (const typed of [text, `${text}.test`]) {
          try {
            expect(checkHandle(typed, rules)).toMatch(
              /^[a-z0-9-]{3,18}\.(test|dev\.test|example\.com)$/,
            )
          } catch (error) {
            expect(error).toBeInstanceOf(AccountError)
          }
        }
      }),
    )
  })
})

describe('the built-in reserved labels', () => {
  it('are valid handles and listed once', () => {
    expect(new Set(defaultReservedLabels).size).toBe(defaultReservedLabels.length)
    for (const label of defaultReservedLabels) expect(label).toMatch(/^[a-z0-9-]{2,18}$/)
  })

  it.each(['admin', 'support', 'www', 'api', 'postmaster', 'root', 'null'])('hold %s', (label) => {
    expect(defaultReservedLabels).toContain(label)
  })
})

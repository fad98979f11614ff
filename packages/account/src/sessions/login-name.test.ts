import { describe, expect, it } from '@jest/globals'
import { nameKey, readLoginName } from './login-name.ts'

describe('readLoginName', () => {
  it.each([
    ['Alice.Test', { handle: 'alice.test' }],
    ['Alice@Example.COM', { emailCanonical: 'alice@example.com' }],
    ['did:plc:ewvi7nxzyoun6zhxrhs64oiz', { did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz' }],
    ['did:alice', {}],
    ['did:web:a@b', {}],
    ['alice', {}],
    ['', {}],
    ['@', {}],
    ['alice@', {}],
    ['\u212Aiss.test', {}],
    ['nul\0.test', {}],
  ])('%j → %j', (typed, name) => {
    expect(readLoginName(typed)).toEqual(name)
  })
})

describe('nameKey', () => {
  it('is the same for all spellings of a name, and different for other text', () => {
    expect(nameKey('ALICE.test')).toBe(nameKey('alice.test'))
    expect(nameKey('ALICE@example.com')).toBe(nameKey('alice@EXAMPLE.com'))
    const texts = [
      'kiss@example.com',
      '\u212Aiss@example.com',
      '\0kiss@example.com',
      ' kiss@example.com',
      'kiss.test',
      '\u212Aiss.test',
      '',
      '\0',
    ]
    expect(new Set(texts.map(nameKey)).size).toBe(texts.length)
  })
})

import { expect, it } from '@jest/globals'
import { normalizeInviteCode } from './invite-code.ts'

it.each([
  ['pds-test-abcde-fghij', 'pds-test-abcde-fghij'],
  ['  PDS-Test-ABCDE-fghij\n', 'pds-test-abcde-fghij'],
])('normalizes %j', (typed, code) => {
  expect(normalizeInviteCode(typed)).toBe(code)
})

it.each([undefined, '', '   ', 'with space', 'nul\0', '\ud800', 'ünicode', 'a'.repeat(301)])(
  'rejects %j',
  (typed) => {
    expect(normalizeInviteCode(typed)).toBeNull()
  },
)

import { describe, expect, it } from '@jest/globals'
import { equalInConstantTime } from './constant-time.ts'

describe('equalInConstantTime', () => {
  it('distinguishes equal and unequal values of any length', () => {
    expect(equalInConstantTime('', '')).toBe(true)
    expect(equalInConstantTime('secret', 'secret')).toBe(true)
    expect(equalInConstantTime('secret', Buffer.from('secret'))).toBe(true)
    expect(equalInConstantTime('secret', 'secreT')).toBe(false)
    expect(equalInConstantTime('secret', 'secret ')).toBe(false)
    expect(equalInConstantTime('secret', '')).toBe(false)
  })
})

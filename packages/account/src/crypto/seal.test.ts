import { describe, expect, it } from '@jest/globals'
import { open, SealError, seal } from './seal.ts'

const KEY = new Uint8Array(32).fill(1)
const SECRET = new TextEncoder().encode('a private key')
const DID = 'did:plc:abc'

describe('seal', () => {
  it('opens with the same key and context', () => {
    expect(Buffer.from(open(KEY, seal(KEY, SECRET, DID), DID)).toString()).toBe('a private key')
    expect(open(KEY, seal(KEY, new Uint8Array(), DID), DID)).toHaveLength(0)
  })

  it('never seals the same way twice', () => {
    expect(Buffer.from(seal(KEY, SECRET, DID))).not.toEqual(Buffer.from(seal(KEY, SECRET, DID)))
  })

  it('does not open with another key or in another row', () => {
    const sealed = seal(KEY, SECRET, DID)
    expect(() => open(new Uint8Array(32).fill(2), sealed, DID)).toThrow(SealError)
    expect(() => open(KEY, sealed, 'did:plc:abd')).toThrow(SealError)
  })

  it('does not open when any byte was changed or cut off', () => {
    const sealed = seal(KEY, SECRET, DID)
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(() => open(KEY, changed, DID)).toThrow(SealError)
      expect(() => open(KEY, sealed.subarray(0, i), DID)).toThrow(SealError)
    }
  })

  it('accepts only keys of 32 bytes', () => {
    expect(() => seal(new Uint8Array(16), SECRET, DID)).toThrow(TypeError)
  })
})

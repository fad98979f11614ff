import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { describe, expect, it } from '@jest/globals'
import { InvalidRecoveryKey } from '../errors.ts'
import { checkRecoveryKey } from './recovery-key.ts'

describe('checkRecoveryKey', () => {
  it('accepts keys of both curves', async () => {
    for (const keypair of [await P256Keypair.create(), await Secp256k1Keypair.create()]) {
      expect(checkRecoveryKey(keypair.did())).toBe(keypair.did())
    }
  })

  it('refuses everything else', async () => {
    const key = (await P256Keypair.create()).did()
    const wrong = [
      '',
      'did:key:',
      'did:key:z',
      'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
      key.slice(0, -1),
      `${key}1`,
      ` ${key}`,
      `${key}\n`,
      key.replace('did:key:z', 'did:key:m'),
      key.toLowerCase(),
      // An Ed25519 key
      'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      // The right prefix, but not a point of the curve
      `did:key:zDnae${'1'.repeat(44)}`,
      '\0',
      '\ud800',
      `did:key:z${'2'.repeat(100_000)}`,
    ]
    for (const typed of wrong) expect(() => checkRecoveryKey(typed)).toThrow(InvalidRecoveryKey)
  })
})

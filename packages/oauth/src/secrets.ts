import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { AuthorizationServerOptions } from './options.ts'

type Secret = AuthorizationServerOptions['secrets'][number]

const BYTES = 32

/** @throws {RangeError} if there is none or one is too short. */
export function checkSecrets(secrets: readonly Secret[]): void {
  if (secrets.length === 0) throw new RangeError('secrets must have at least one entry')
  if (secrets.some((secret) => Buffer.byteLength(secret) < BYTES)) {
    throw new RangeError(`every entry of secrets must have at least ${BYTES} bytes`)
  }
}

/** Derives an independent key for one purpose. */
export function deriveKey(secret: Secret, purpose: 'cookies' | 'nonces' | 'tokens'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `lexwright oauth ${purpose}`, BYTES))
}

/** Signs with the newest key and verifies with all. */
export interface CookieKeys {
  sign(value: string): string
  verify(value: string, signature: string): boolean
}

export function createCookieKeys(secrets: readonly Secret[]): CookieKeys {
  const keys = secrets.map((secret) => deriveKey(secret, 'cookies'))
  const signatureOf = (key: Buffer | undefined, value: string): Buffer =>
    createHmac('sha256', key ?? '')
      .update(value)
      .digest()
  return {
    sign: (value) => signatureOf(keys[0], value).toString('base64url'),
    verify: (value, signature) => {
      const given = Buffer.from(signature, 'base64url')
      return keys.some((key) => {
        const expected = signatureOf(key, value)
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },
  }
}

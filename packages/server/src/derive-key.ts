import { hkdfSync } from 'node:crypto'

/** Derives a key for another purpose (RFC 5869), which saves operators a secret. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
}

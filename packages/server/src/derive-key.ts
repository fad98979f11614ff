import { hkdfSync } from 'node:crypto'

/** A key for another purpose (RFC 5869), so that operators have one secret fewer to keep. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
}

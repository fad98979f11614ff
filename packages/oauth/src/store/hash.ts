import { createHash } from 'node:crypto'

/**
 * The stored form of codes, refresh tokens and nonces. They have at least 128 random bits, so no
 * key is needed.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

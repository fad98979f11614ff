import { createHash } from 'node:crypto'

/** Under which a code, a refresh token or a nonce is stored. They have 128 random bits or more, so no key is needed. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Compares two secrets in constant time.
 *
 * Both sides are hashed first: `timingSafeEqual` throws on unequal lengths.
 */
export function equalInConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}

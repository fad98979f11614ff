import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Compares two secrets in a time that depends on neither their content nor where they differ.
 *
 * Both sides are hashed first, so that unequal lengths take the same path too
 * (`timingSafeEqual` alone throws on them).
 */
export function equalInConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}

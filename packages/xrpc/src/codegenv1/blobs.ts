import { BlobRef } from '@atproto/lexicon'

/** The checks of blobs that generated validators call, in a module of their own: a bundle without them has no library. */

/**
 * True if a value is a blob; its size and media type count only where a project asks for it. Where any type will do,
 * `accept` is left out.
 */
export function isBlob(value: unknown, maxSize?: number, accept?: readonly string[]): boolean {
  return (
    value instanceof BlobRef &&
    (maxSize === undefined || value.size <= maxSize) &&
    (accept === undefined || accept.some((pattern) => isMediaType(value.mimeType, pattern)))
  )
}

export function maybeBlob(value: unknown, maxSize?: number, accept?: readonly string[]): boolean {
  return value === undefined || isBlob(value, maxSize, accept)
}

/** True if a media type fits a pattern: `image/*`, or the type itself. */
export function isMediaType(value: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern
}

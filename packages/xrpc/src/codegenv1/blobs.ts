import { BlobRef } from '@atproto/lexicon'

/**
 * Blob checks for generated validators. In a separate module, so that bundles without them do not include the library.
 */

/**
 * True if a value is a blob. Size and media type are checked only if the project enables it; `accept` is undefined
 * if any type will do.
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

/** True if a media type matches a pattern: `image/*`, or the type itself. */
export function isMediaType(value: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern
}

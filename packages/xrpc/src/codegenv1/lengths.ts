import { graphemeLen, utf8Len } from '@atproto/common-web'

/** Length checks for generated validators. In a separate module, so that bundles without them are smaller. */

/**
 * True if a string has at most `max` bytes in UTF-8 (a lone surrogate counts as 3) and at most `maxGraphemes`
 * grapheme clusters. Source: Unicode UAX #29.
 */
export function hasAtMostBytes(value: unknown, max: number, maxGraphemes?: number): boolean {
  // A UTF-16 code unit takes one to three bytes in UTF-8.
  return (
    typeof value === 'string' &&
    (value.length * 3 <= max || (value.length <= max && utf8Len(value) <= max)) &&
    (maxGraphemes === undefined || value.length <= maxGraphemes || graphemes(value) <= maxGraphemes)
  )
}

export function maybeAtMostBytes(value: unknown, max: number, maxGraphemes?: number): boolean {
  return value === undefined || hasAtMostBytes(value, max, maxGraphemes)
}

export function hasAtLeastBytes(value: unknown, min: number): boolean {
  return (
    typeof value === 'string' &&
    (value.length >= min || (value.length * 3 >= min && utf8Len(value) >= min))
  )
}

export function hasAtMostGraphemes(value: unknown, max: number): boolean {
  return typeof value === 'string' && (value.length <= max || graphemes(value) <= max)
}

export function hasAtLeastGraphemes(value: unknown, min: number): boolean {
  return typeof value === 'string' && value.length >= min && graphemes(value) >= min
}

/**
 * ASCII without carriage returns has one cluster per character; only other text needs the segmenter.
 */
function graphemes(value: string): number {
  return SIMPLE_TEXT.test(value) ? value.length : graphemeLen(value)
}
const SIMPLE_TEXT = /^[\n -~]*$/

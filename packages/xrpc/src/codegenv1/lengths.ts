import { graphemeLen, utf8Len } from '@atproto/common-web'

/** The checks of lengths that generated validators call, in a module of their own: a bundle without them is smaller. */

/**
 * True if a string takes at most so many bytes in UTF-8, where a lone surrogate counts as 3, and has at most so many
 * grapheme clusters. Source: Unicode UAX #29.
 */
export function hasAtMostBytes(value: unknown, max: number, maxGraphemes?: number): boolean {
  // A UTF-16 unit takes one to three bytes.
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

/** ASCII without a carriage return has a cluster per character; only other text needs the segmenter. */
function graphemes(value: string): number {
  return SIMPLE_TEXT.test(value) ? value.length : graphemeLen(value)
}
const SIMPLE_TEXT = /^[\n -~]*$/

import {
  isAtIdentifierString,
  isAtUriString,
  isDatetimeStringLenient,
  isValidDid,
  isValidHandle,
  isValidLanguage,
  isValidNsid,
  isValidRecordKey,
  isValidTid,
  isValidUri,
} from '@atproto/syntax'

/**
 * Format checks for generated validators. Each returns the verdict of `@atproto/lexicon`, and false for anything but
 * a string. Some first match a pattern that covers nearly all values; the library judges the rest.
 */

export function isDatetime(value: unknown): boolean {
  return typeof value === 'string' && (USUAL_DATETIME.test(value) || isDatetimeStringLenient(value))
}
const USUAL_DATETIME =
  /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/

export function isAtUri(value: unknown): boolean {
  if (typeof value !== 'string') return false
  return (value.length <= MAX_USUAL_AT_URI && USUAL_AT_URI.test(value)) || isAtUriString(value)
}
// At this length 63 characters remain for one segment of the NSID, if every other part has a single one.
const MAX_USUAL_AT_URI = 84
const USUAL_AT_URI =
  /^at:\/\/did:plc:[a-z0-9]+\/[a-zA-Z]+\.[a-zA-Z]+(?:\.[a-zA-Z]+)+\/[a-zA-Z0-9]+$/

export function isLanguage(value: unknown): boolean {
  return typeof value === 'string' && (USUAL_LANGUAGE.test(value) || isValidLanguage(value))
}
const USUAL_LANGUAGE = /^[a-z]{2,3}(?:-[A-Z]{2})?$/

export function isDid(value: unknown): boolean {
  return isValidDid(value)
}

export function isHandle(value: unknown): boolean {
  if (typeof value !== 'string') return false
  return (value.length <= MAX_USUAL_HANDLE && USUAL_HANDLE.test(value)) || isValidHandle(value)
}
// A label of 63 characters and one of a single character.
const MAX_USUAL_HANDLE = 65
const USUAL_HANDLE = /^[a-z0-9]+\.(?:[a-z0-9]+\.)*[a-z]+$/

export function isAtIdentifier(value: unknown): boolean {
  return isAtIdentifierString(value)
}

export function isNsid(value: unknown): boolean {
  return isValidNsid(value)
}

export function isTid(value: unknown): boolean {
  return isValidTid(value)
}

export function isRecordKey(value: unknown): boolean {
  return isValidRecordKey(value)
}

export function isUri(value: unknown): boolean {
  return typeof value === 'string' && (USUAL_URI.test(value) || isValidUri(value))
}
const USUAL_URI = /^https:\/\/[!-.0-~][!-~]*$/

export function maybeAtIdentifier(value: unknown): boolean {
  return value === undefined || isAtIdentifier(value)
}

export function maybeAtUri(value: unknown): boolean {
  return value === undefined || isAtUri(value)
}

export function maybeDatetime(value: unknown): boolean {
  return value === undefined || isDatetime(value)
}

export function maybeDid(value: unknown): boolean {
  return value === undefined || isDid(value)
}

export function maybeHandle(value: unknown): boolean {
  return value === undefined || isHandle(value)
}

export function maybeUri(value: unknown): boolean {
  return value === undefined || isUri(value)
}

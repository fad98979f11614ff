import { domainToASCII, domainToUnicode } from 'node:url'
import { InvalidEmail } from '../errors.ts'

export interface EmailAddress {
  readonly typed: string
  /**
   * Canonical form of all spellings of a mailbox: lower-case ASCII, the domain in A-labels (RFC
   * 5890).
   */
  readonly canonical: string
}

/** RFC 5321 §4.5.3.1, with erratum 1690, which excludes the angle brackets from the path. */
const MAX_LENGTH = 254
const MAX_LOCAL = 64

/**
 * RFC 5322 `dot-atom`. Quoted local parts are refused: they are practically unused and often
 * mishandled.
 */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Parses an email address. Nothing is trimmed, and plus tags and dots are kept: their meaning
 * depends on the mailbox's server.
 *
 * @throws {InvalidEmail}
 */
export function checkEmail(typed: string): EmailAddress {
  const canonical = canonicalEmail(typed)
  if (canonical === null) throw new InvalidEmail('Email is not a valid address')
  return { typed, canonical }
}

/** The canonical form of an address; null for invalid text. */
export function canonicalEmail(typed: string): string | null {
  if (typed.length > MAX_LENGTH) return null
  const at = typed.lastIndexOf('@')
  const local = typed.slice(0, Math.max(at, 0))
  const domain = canonicalDomain(typed.slice(at + 1))
  if (at < 0 || domain === null || local.length > MAX_LOCAL || !LOCAL.test(local)) return null
  const canonical = `${local.toLowerCase()}@${domain}`
  return canonical.length <= MAX_LENGTH ? canonical : null
}

/**
 * The domain in A-labels; undefined if invalid. IDNA mapping turns look-alikes into ordinary
 * letters (U+212A into k, U+017F into s, full-width forms), and so one domain into another: only
 * text already in mapped form is accepted.
 */
function canonicalDomain(typed: string): string | null {
  const lower = typed.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const ascii = domainToASCII(lower)
  const unicode = domainToUnicode(ascii)
  // An invalid Punycode label is returned unchanged.
  const isDecodable = !/(?:^|\.)xn--/.test(unicode)
  if (!DOMAIN.test(ascii) || !isDecodable) return null
  return lower === ascii || lower === unicode ? ascii : null
}

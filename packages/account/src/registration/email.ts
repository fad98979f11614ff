import { domainToASCII, domainToUnicode } from 'node:url'
import { InvalidEmail } from '../errors.ts'

export interface EmailAddress {
  readonly typed: string
  /**
   * Common form of all spellings of one mailbox: lower-case ASCII, the domain in A-labels (RFC 5890).
   */
  readonly canonical: string
}

/** RFC 5321 §4.5.3.1, and the erratum (1690) that takes the angle brackets off the path. */
const MAX_LENGTH = 254
const MAX_LOCAL = 64

/**
 * RFC 5322 `dot-atom`. Quoted local parts are refused: nobody has one, and much software mishandles
 * them.
 */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads an email address. Nothing is trimmed, and neither plus tags nor dots are folded: they mean
 * what the mailbox's own server says they mean.
 *
 * @throws {InvalidEmail}
 */
export function checkEmail(typed: string): EmailAddress {
  const canonical = canonicalEmail(typed)
  if (canonical === null) throw new InvalidEmail('Email is not a valid address')
  return { typed, canonical }
}

/** The canonical form of an address, or null for text that is none. */
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
 * The domain in A-labels, if it is one. IDNA mapping would also turn look-alikes into ordinary
 * letters (U+212A into k, U+017F into s, full-width forms), and with that one person's domain into
 * another's: only text that is already in its mapped form passes.
 */
function canonicalDomain(typed: string): string | null {
  const lower = typed.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const ascii = domainToASCII(lower)
  const unicode = domainToUnicode(ascii)
  // A label that is no Punycode is handed back as it was.
  const isDecodable = !/(?:^|\.)xn--/.test(unicode)
  if (!DOMAIN.test(ascii) || !isDecodable) return null
  return lower === ascii || lower === unicode ? ascii : null
}

import { isValidHandle, isValidTld } from '@atproto/syntax'
import { HandleNotAvailable, InvalidHandle } from '../errors.ts'

export interface HandleRules {
  /** Suffixes of handles given out, each with its leading dot, in lower case. */
  readonly domains: readonly string[]
  /** Labels or whole handles that are refused; in lower case. */
  readonly reserved: ReadonlySet<string>
}

const MIN_LABEL = 3
const MAX_LABEL = 18

/**
 * The canonical form of a requested handle.
 *
 * @throws {InvalidHandle} for bad syntax (https://atproto.com/specs/handle), a domain not served
 *   here, or anything but a single label of 3–18 characters before it.
 * @throws {HandleNotAvailable} for a reserved one.
 */
export function checkHandle(typed: string, rules: HandleRules): string {
  // Syntax first: it admits only ASCII, so lower-casing cannot turn a look-alike (U+212A) into a
  // letter.
  if (!isValidHandle(typed)) throw new InvalidHandle('Handle is not a valid domain name')
  const handle = typed.toLowerCase()
  const domain = longestSuffix(handle, rules.domains)
  if (domain === undefined) {
    throw new InvalidHandle(`Handle must end in one of: ${rules.domains.join(', ')}`, {
      rule: isValidTld(handle) ? 'domain' : 'tld',
    })
  }
  const label = handle.slice(0, -domain.length)
  if (label.includes('.')) {
    throw new InvalidHandle(`Handle must have a single name before ${domain}`, { rule: 'label' })
  }
  if (label.length < MIN_LABEL) {
    throw new InvalidHandle(`Handle must have at least ${MIN_LABEL} characters before ${domain}`, {
      rule: 'too-short',
    })
  }
  if (label.length > MAX_LABEL) {
    throw new InvalidHandle(`Handle may have at most ${MAX_LABEL} characters before ${domain}`, {
      rule: 'too-long',
    })
  }
  // An internationalized name can look like another one.
  if (label.startsWith('xn--')) {
    throw new InvalidHandle('Handle must not be an internationalized domain name', {
      rule: 'label',
    })
  }
  if (rules.reserved.has(label) || rules.reserved.has(handle)) {
    throw new HandleNotAvailable('Handle is reserved')
  }
  return handle
}

/** True for a handle of a served domain. */
export function isServed(handle: string, domains: readonly string[]): boolean {
  return longestSuffix(handle, domains) !== undefined
}

function longestSuffix(handle: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => handle.endsWith(domain))
    .reduce<string | undefined>(
      (longest, domain) =>
        longest === undefined || domain.length > longest.length ? domain : longest,
      undefined,
    )
}

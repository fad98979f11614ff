import { isValidDid, isValidHandle } from '@atproto/syntax'
import { canonicalEmail } from '../registration/email.ts'
import type { LoginName } from './credential-store.ts'

/** Parses a DID, handle or email address into its canonical form; empty for other text. */
export function readLoginName(typed: string): LoginName {
  if (isValidDid(typed)) return { did: typed }
  if (!typed.includes('@')) return isValidHandle(typed) ? { handle: typed.toLowerCase() } : {}
  const emailCanonical = canonicalEmail(typed)
  return emailCanonical === null ? {} : { emailCanonical }
}

/** A key for counting requests, the same for every spelling of a name. */
export function nameKey(typed: string): string {
  const { did, handle, emailCanonical } = readLoginName(typed)
  // Invalid text must not turn into a name: lower-casing would make a k of U+212A.
  return did ?? handle ?? emailCanonical ?? `\0${typed}`
}

import { isValidDid, isValidHandle } from '@atproto/syntax'
import { canonicalEmail } from '../registration/email.ts'
import type { LoginName } from './credential-store.ts'

/** A DID, or a handle or an email address in its canonical form; empty for text that is none of them. */
export function readLoginName(typed: string): LoginName {
  if (isValidDid(typed)) return { did: typed }
  if (!typed.includes('@')) return isValidHandle(typed) ? { handle: typed.toLowerCase() } : {}
  const emailCanonical = canonicalEmail(typed)
  return emailCanonical === null ? {} : { emailCanonical }
}

/** The same text for every spelling of one name: for counting requests. */
export function nameKey(typed: string): string {
  const { did, handle, emailCanonical } = readLoginName(typed)
  // What is no name must not come to be one: lower-casing would make a k of U+212A.
  return did ?? handle ?? emailCanonical ?? `\0${typed}`
}

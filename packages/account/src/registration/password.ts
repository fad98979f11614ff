import { isCommonPassword } from '../crypto/common-passwords.ts'
import { InvalidPassword } from '../errors.ts'

/** What a password must not be a copy of. */
export interface PasswordOwner {
  readonly handle: string
  readonly email: string
}

/** Looks a password up among known breached ones, for example at a k-anonymity service. */
export interface BreachedPasswords {
  contains(password: string): Promise<boolean>
}

/** In Unicode code points. */
const MIN_LENGTH = 8
const MAX_LENGTH = 256

/**
 * The NFC form of a password somebody chose, after NIST SP 800-63B §3.1.1: long enough, not
 * commonly used, nothing that is known of its owner; no rules about kinds of characters.
 *
 * @throws {InvalidPassword}
 */
export async function checkPassword(typed: string, owner: PasswordOwner): Promise<string> {
  // Half a surrogate pair has no UTF-8: two different passwords would hash alike.
  if (!typed.isWellFormed()) throw new InvalidPassword('Password is not valid Unicode text')
  const password = typed.normalize('NFC')
  const length = countCodePoints(password)
  if (length < MIN_LENGTH) {
    throw new InvalidPassword(`Password must have at least ${MIN_LENGTH} characters`)
  }
  if (length > MAX_LENGTH) {
    throw new InvalidPassword(`Password may have at most ${MAX_LENGTH} characters`)
  }
  if (isOwnName(password, owner)) {
    throw new InvalidPassword('Password must not be the handle or the email address')
  }
  if (await isCommonPassword(password)) throw new InvalidPassword('Password is too common')
  return password
}

/** @throws {InvalidPassword} */
export async function checkBreached(
  password: string,
  breached: BreachedPasswords | undefined,
): Promise<void> {
  if (await breached?.contains(password)) {
    throw new InvalidPassword('Password is known from a data breach')
  }
}

/** Counts without spreading the text into an array, which a megabyte of input would make large. */
function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function isOwnName(password: string, { handle, email }: PasswordOwner): boolean {
  const folded = password.toLowerCase()
  const label = handle.split('.', 1)[0]
  return folded === handle || folded === label || folded === email.toLowerCase()
}

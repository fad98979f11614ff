import { isCommonPassword } from '../crypto/common-passwords.ts'
import { InvalidPassword } from '../errors.ts'

/** Names that a password must not consist of. */
export interface PasswordNames {
  readonly handle: string
  readonly email: string
  /** The name of the service and its host. */
  readonly service: readonly string[]
}

/** Looks passwords up in data breaches, for example at a k-anonymity service. */
export interface BreachedPasswords {
  contains(password: string): Promise<boolean>
}

/** In Unicode code points. */
const MIN_LENGTH = 8
const MAX_LENGTH = 256

/**
 * Checks a chosen password by NIST SP 800-63B §3.1.1 (long enough, not common, not a name of its
 * owner or the service; any kinds of characters) and returns its NFC form.
 *
 * @throws {InvalidPassword}
 */
export async function checkPassword(typed: string, names: PasswordNames): Promise<string> {
  // A lone surrogate has no UTF-8 encoding: two different passwords would have the same hash.
  if (!typed.isWellFormed()) throw new InvalidPassword('Password is not valid Unicode text')
  const password = typed.normalize('NFC')
  const length = countCodePoints(password)
  if (length < MIN_LENGTH) {
    throw new InvalidPassword(`Password must have at least ${MIN_LENGTH} characters`)
  }
  if (length > MAX_LENGTH) {
    throw new InvalidPassword(`Password may have at most ${MAX_LENGTH} characters`)
  }
  if (/^\s+$/u.test(password)) throw new InvalidPassword('Password must not be blank')
  const { handle, email, service } = names
  if ([handle, handle.split('.', 1)[0] ?? '', email].some((name) => isMadeOf(password, name))) {
    throw new InvalidPassword('Password must not be the name or the email address of the account')
  }
  if (service.some((name) => isMadeOf(password, name))) {
    throw new InvalidPassword('Password must not be the name of the service')
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

/**
 * Counts without spreading the text into an array, which would be large for a megabyte of input.
 */
function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Maximum digits and symbols around a name; more would make the password hard to guess. */
const MAX_TRIMMINGS = 8

/** True for a name in upper or lower case, with only a few digits and symbols in or around it. */
function isMadeOf(password: string, name: string): boolean {
  if (password.toLowerCase() === name.toLowerCase()) return true
  const letters = lettersOf(name)
  return (
    letters !== '' &&
    lettersOf(password) === letters &&
    password.length - letters.length <= MAX_TRIMMINGS
  )
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/\P{L}+/gu, '')
}

import { isCommonPassword } from '../crypto/common-passwords.ts'
import { InvalidPassword } from '../errors.ts'

/** Names that a password must not be made of. */
export interface PasswordNames {
  readonly handle: string
  readonly email: string
  /** Of the service: what it is called, and its host. */
  readonly service: readonly string[]
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
 * commonly used, nothing that is known of its owner or of the service; no rules about kinds of characters.
 *
 * @throws {InvalidPassword}
 */
export async function checkPassword(typed: string, names: PasswordNames): Promise<string> {
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

/** Counts without spreading the text into an array, which a megabyte of input would make large. */
function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Digits and signs that may surround a name; more of them, and they are what has to be guessed. */
const MAX_TRIMMINGS = 8

/** True for a name, in any case, and for one with a few digits and signs around or inside it. */
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

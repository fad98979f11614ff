import { createHmac } from 'node:crypto'

/**
 * A parsed password hash.
 *
 * - `peppered`: ours, `v1.<pepper id>.<bcrypt>`, where the input of bcrypt is
 *   `base64(HMAC-SHA-256(pepper, NFC(password)))`. bcrypt reads 72 bytes and stops at a NUL; 44
 *   base64 characters stay within both limits.
 * - `plain`: a bare bcrypt hash, from an imported account.
 * - `scrypt`: `<salt>:<hash>`, from an account imported from the official PDS.
 */
export type StoredPassword =
  | {
      readonly kind: 'peppered'
      readonly pepperId: string
      readonly bcrypt: string
      readonly cost: number
    }
  | { readonly kind: 'plain'; readonly bcrypt: string; readonly cost: number }
  | { readonly kind: 'scrypt'; readonly scrypt: ScryptHash }

/** Both in hexadecimal. The salt of scrypt is its hexadecimal text, not the decoded bytes. */
export interface ScryptHash {
  readonly salt: string
  readonly hash: string
}

const PEPPERED = /^v1\.(?<pepperId>[0-9a-f]{8})\.(?<bcrypt>\$.*)$/s
const SCRYPT = /^(?<salt>[0-9a-f]{32}):(?<hash>[0-9a-f]{128})$/
const BCRYPT = /^\$2[aby]\$(?<cost>[0-3]\d)\$[./A-Za-z0-9]{53}$/

/** Parses a stored value; undefined if it is not a password hash. */
export function parseStoredPassword(stored: string): StoredPassword | undefined {
  const { salt, hash } = SCRYPT.exec(stored)?.groups ?? {}
  if (salt !== undefined && hash !== undefined) return { kind: 'scrypt', scrypt: { salt, hash } }
  const peppered = PEPPERED.exec(stored)?.groups
  const bcrypt = peppered?.bcrypt ?? stored
  const cost = Number(BCRYPT.exec(bcrypt)?.groups?.cost)
  // bcrypt has costs 4 to 31.
  if (!(cost >= 4 && cost <= 31)) return undefined
  const pepperId = peppered?.pepperId
  return pepperId === undefined
    ? { kind: 'plain', bcrypt, cost }
    : { kind: 'peppered', pepperId, bcrypt, cost }
}

/**
 * The highest bcrypt cost ever computed (a few seconds): a stored `$2b$31$` would block a thread
 * for days.
 */
export const MAX_COST = 15

/** True for a hash made by another service that a login can verify. */
export function isImportableHash(stored: string): boolean {
  const parsed = parseStoredPassword(stored)
  return parsed?.kind === 'scrypt' || (parsed?.kind === 'plain' && parsed.cost <= MAX_COST)
}

/** Formats a bcrypt hash computed under a pepper for storage. */
export function formatStoredPassword(pepperId: string, bcrypt: string): string {
  return `v1.${pepperId}.${bcrypt}`
}

/** A secret mixed into every password, and the short id by which a stored hash names it. */
export interface Pepper {
  readonly id: string
  /** Converts a password to the input of bcrypt. */
  readonly apply: (password: string) => string
}

/**
 * Prepares a pepper. Its id is 32 bits of a PRF of the secret, which identify the pepper without
 * revealing it.
 */
export function createPepper(secret: string | Uint8Array): Pepper {
  const hmac = (text: string) => createHmac('sha256', secret).update(text)
  return {
    id: hmac('lexwright pepper id').digest('hex').slice(0, 8),
    apply: (password) => hmac(password.normalize('NFC')).digest('base64'),
  }
}

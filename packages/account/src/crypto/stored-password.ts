import { createHmac } from 'node:crypto'

/**
 * A password hash as it stands in the database, taken apart.
 *
 * - `peppered`: ours, `v1.<pepper id>.<bcrypt>`, where bcrypt was fed
 *   `base64(HMAC-SHA-256(pepper, NFC(password)))`. bcrypt reads 72 bytes and stops at a NUL; 44
 *   base64 characters know neither limit.
 * - `plain`: a bare bcrypt hash, from an account imported from elsewhere.
 * - `scrypt`: `<salt>:<hash>`, as the official PDS stores it, from an account imported from there.
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

/** Both in hexadecimal. scrypt was fed the salt as it is written. */
export interface ScryptHash {
  readonly salt: string
  readonly hash: string
}

const PEPPERED = /^v1\.(?<pepperId>[0-9a-f]{8})\.(?<bcrypt>\$.*)$/s
const SCRYPT = /^(?<salt>[0-9a-f]{32}):(?<hash>[0-9a-f]{128})$/
const BCRYPT = /^\$2[aby]\$(?<cost>[0-3]\d)\$[./A-Za-z0-9]{53}$/

/** Reads a stored value; undefined when it is not a password hash at all. */
export function parseStoredPassword(stored: string): StoredPassword | undefined {
  const { salt, hash } = SCRYPT.exec(stored)?.groups ?? {}
  if (salt !== undefined && hash !== undefined) return { kind: 'scrypt', scrypt: { salt, hash } }
  const peppered = PEPPERED.exec(stored)?.groups
  const bcrypt = peppered?.bcrypt ?? stored
  const cost = Number(BCRYPT.exec(bcrypt)?.groups?.cost)
  // bcrypt counts 4 to 31; anything else is not a hash it made.
  if (!(cost >= 4 && cost <= 31)) return undefined
  const pepperId = peppered?.pepperId
  return pepperId === undefined
    ? { kind: 'plain', bcrypt, cost }
    : { kind: 'peppered', pepperId, bcrypt, cost }
}

/** The most costly bcrypt ever computed (a few seconds): a stored `$2b$31$` would hold a thread for days. */
export const MAX_COST = 15

/** True for a hash that another service made, and that a login can verify. */
export function isImportableHash(stored: string): boolean {
  const parsed = parseStoredPassword(stored)
  return parsed?.kind === 'scrypt' || (parsed?.kind === 'plain' && parsed.cost <= MAX_COST)
}

/** Writes the value to store for a bcrypt hash computed under a pepper. */
export function formatStoredPassword(pepperId: string, bcrypt: string): string {
  return `v1.${pepperId}.${bcrypt}`
}

/** A secret mixed into every password, and the short name by which a stored hash says which one it used. */
export interface Pepper {
  readonly id: string
  /** The input of bcrypt for a password. */
  readonly apply: (password: string) => string
}

/** Prepares a pepper. The id is 32 bits of a PRF of the secret: it names the pepper and tells nothing of it. */
export function createPepper(secret: string | Uint8Array): Pepper {
  const hmac = (text: string) => createHmac('sha256', secret).update(text)
  return {
    id: hmac('lexwright pepper id').digest('hex').slice(0, 8),
    apply: (password) => hmac(password.normalize('NFC')).digest('base64'),
  }
}

import { createHmac } from 'node:crypto'
import type { RandomBytes } from './random.ts'

/** RFC 4648 base32 in lower case, without the digits 0, 1, 8 and 9 that resemble letters. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const SYMBOLS = 10
const GROUP = 5

/** A code of 50 random bits as `xxxxx-xxxxx`, to be read from a mail and typed. */
export function randomCode(random: RandomBytes): string {
  // One byte per symbol: 256 is a multiple of 32, so the low five bits are uniform.
  const symbols = Array.from(random(SYMBOLS), (byte) => ALPHABET.charAt(byte & 31)).join('')
  return grouped(symbols)
}

/**
 * The canonical spelling of a typed code: lower case, no white space, the hyphen where {@link
 * randomCode} puts it. Text that is not a code is returned in a form that matches no code.
 */
export function normalizeCode(text: string): string {
  const symbols = text.toLowerCase().replace(/[\s\u200b\ufeff-]/gu, '')
  return symbols.length === SYMBOLS ? grouped(symbols) : symbols
}

/**
 * The stored form of a code: HMAC-SHA-256 under a key kept outside the database, as base64url.
 * Without the key, fifty bits cannot be searched from a stolen table.
 */
export function hmacCode(key: string | Uint8Array, code: string): string {
  return createHmac('sha256', key).update(code).digest('base64url')
}

function grouped(symbols: string): string {
  return `${symbols.slice(0, GROUP)}-${symbols.slice(GROUP)}`
}

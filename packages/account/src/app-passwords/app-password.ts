import type { RandomBytes } from '../crypto/random.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const SYMBOLS = 16
const GROUP = /.{4}(?=.)/g

/** 80 random bits as `xxxx-xxxx-xxxx-xxxx`, the form by which clients recognize an app password. */
export function randomAppPassword(random: RandomBytes): string {
  const symbols = Array.from(random(SYMBOLS), (byte) => ALPHABET.charAt(byte & 31)).join('')
  return symbols.replace(GROUP, '$&-')
}

/** True if the text has the form of an app password. */
export function looksLikeAppPassword(text: string): boolean {
  return /^[a-z2-7]{4}(?:-[a-z2-7]{4}){3}$/.test(text)
}

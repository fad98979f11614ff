/**
 * Runs inside a worker thread, the only place where passwords are hashed. It receives no secret but
 * its input.
 */
import { scryptSync, timingSafeEqual } from 'node:crypto'
import { compareSync, hashSync } from 'bcryptjs'
import type { ScryptHash } from './stored-password.ts'

/** A password to hash, already reduced to what bcrypt can read. */
export interface HashTask {
  readonly input: string
  readonly cost: number
}

/** A password to compare with a hash. */
export interface CompareTask {
  readonly input: string
  /** Either bcrypt text or scrypt. */
  readonly stored: string | ScryptHash
  /** A mismatch takes at least as long as one with a hash of this cost. */
  readonly atLeastCost: number
}

export function hash({ input, cost }: HashTask): string {
  return hashSync(input, cost)
}

export function compare({ input, stored, atLeastCost }: CompareTask): boolean {
  const isRight =
    typeof stored === 'string' ? compareSync(input, stored) : compareScrypt(input, stored)
  if (isRight) return true
  // Each step of cost doubles the time, so one extra hash of every cost in between makes up the
  // difference.
  for (let cost = costOf(stored); cost < atLeastCost; cost++) hashSync(input, cost)
  return false
}

/** Uses the default parameters of `node:crypto`, as the official PDS does. */
function compareScrypt(input: string, { salt, hash }: ScryptHash): boolean {
  const expected = Buffer.from(hash, 'hex')
  return timingSafeEqual(scryptSync(input, salt, expected.length), expected)
}

/** The bcrypt cost that takes about as long as scrypt. */
const SCRYPT_COST = 9

/** `$2b$10$…` */
function costOf(stored: string | ScryptHash): number {
  return typeof stored === 'string' ? Number(stored.slice(4, 6)) : SCRYPT_COST
}

/** Runs inside a worker thread: the only place where passwords are hashed. No secret but its input reaches it. */
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
  /** Of bcrypt as text, or of scrypt. */
  readonly stored: string | ScryptHash
  /** A mismatch takes as long as one with a hash of this cost, if that of `stored` is lower. */
  readonly atLeastCost: number
}

export function hash({ input, cost }: HashTask): string {
  return hashSync(input, cost)
}

export function compare({ input, stored, atLeastCost }: CompareTask): boolean {
  const isRight =
    typeof stored === 'string' ? compareSync(input, stored) : compareScrypt(input, stored)
  if (isRight) return true
  // Each step of cost doubles the time, so one more hash of every cost from here to there adds up to
  // it.
  for (let cost = costOf(stored); cost < atLeastCost; cost++) hashSync(input, cost)
  return false
}

/** With the parameters of `node:crypto`, which the official PDS leaves as they are. */
function compareScrypt(input: string, { salt, hash }: ScryptHash): boolean {
  const expected = Buffer.from(hash, 'hex')
  return timingSafeEqual(scryptSync(input, salt, expected.length), expected)
}

/** scrypt takes about as long as bcrypt at this cost. */
const SCRYPT_COST = 9

/** `$2b$10$…` */
function costOf(stored: string | ScryptHash): number {
  return typeof stored === 'string' ? Number(stored.slice(4, 6)) : SCRYPT_COST
}

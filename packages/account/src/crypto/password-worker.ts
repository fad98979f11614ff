/** Runs inside a worker thread: the only place where bcrypt computes. No secret but its input reaches it. */
import { compareSync, hashSync } from 'bcryptjs'

/** A password to hash, already reduced to what bcrypt can read. */
export interface HashTask {
  readonly input: string
  readonly cost: number
}

/** A password to compare with a bcrypt hash. */
export interface CompareTask {
  readonly input: string
  readonly bcrypt: string
  /** A mismatch takes as long as one with a hash of this cost, if that of `bcrypt` is lower. */
  readonly atLeastCost: number
}

export function hash({ input, cost }: HashTask): string {
  return hashSync(input, cost)
}

export function compare({ input, bcrypt, atLeastCost }: CompareTask): boolean {
  if (compareSync(input, bcrypt)) return true
  // Each step of cost doubles the time, so one more hash of every cost from here to there adds up to
  // it.
  for (let cost = costOf(bcrypt); cost < atLeastCost; cost++) hashSync(input, cost)
  return false
}

/** `$2b$10$…` */
function costOf(bcrypt: string): number {
  return Number(bcrypt.slice(4, 6))
}

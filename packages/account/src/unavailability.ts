import { PasswordQueueFullError } from './crypto/password-hasher.ts'
import { databaseTrouble } from './db/postgres-errors.ts'
import type { TemporarilyUnavailable } from './errors.ts'

/** The cause of a temporary unavailability, for the log. */
export interface UnavailabilityCause {
  /** A word or two, such as `queue`, `directory`, `pool`, `lock` or `disk full`. */
  readonly cause: string
  /** Code of PostgreSQL or the system, such as `53100` or `ECONNREFUSED`, if any. */
  readonly code?: string
  readonly reason: string
}

const MAX_DEPTH = 5

/** The cause of a refusal, short enough for a log and without any data of the caller. */
export function causeOfUnavailability(refusal: TemporarilyUnavailable): UnavailabilityCause {
  const chain = causesOf(refusal)
  const [reason = refusal] = chain
  const code = chain.map(codeOf).find((each) => each !== undefined)
  return {
    cause: refusal.part ?? chain.map(partOf).find((part) => part !== undefined) ?? 'contention',
    ...(code !== undefined && { code }),
    reason: `${reason.name}: ${reason.message}`.replaceAll('\0', '').slice(0, 500),
  }
}

/** The causes of an error, nearest first. */
function causesOf(error: Error): readonly Error[] {
  const causes: Error[] = []
  let next: unknown = error.cause
  while (next instanceof Error && causes.length < MAX_DEPTH) {
    causes.push(next)
    next = next.cause
  }
  return causes
}

function partOf(error: Error): string | undefined {
  return error instanceof PasswordQueueFullError ? 'queue' : databaseTrouble(error)
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : undefined
}

import type { ServiceContext } from '../context.ts'
import type { SessionAccountRow } from '../db/session-account.ts'
import type { AccountStatus } from '../db/tables.ts'
import { AccountNotFound } from '../errors.ts'
import { type DidDocument, toDidDocument } from '../identity/did-document.ts'

/** An account as today's clients see it in each answer with a session. */
export interface SessionAccount {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly emailConfirmed: boolean
  /** True if a login also requires a mailed code. */
  readonly emailAuthFactor: boolean
  readonly status: AccountStatus
  /** From the latest known operation; undefined if none is known. */
  readonly didDocument?: DidDocument
}

/** @throws {AccountNotFound} */
export async function describeSession(
  { store }: ServiceContext,
  did: string,
): Promise<SessionAccount> {
  const row = await store.sessions.findAccount(did)
  if (row === undefined) throw new AccountNotFound('Account does not exist')
  return toSessionAccount(row)
}

export function toSessionAccount({ operation, ...account }: SessionAccountRow): SessionAccount {
  const didDocument = operation === null ? undefined : toDidDocument(account.did, operation)
  return { ...account, ...(didDocument && { didDocument }) }
}

import type { ServiceContext } from '../context.ts'
import type { SessionAccountRow } from '../db/session-account.ts'
import type { AccountStatus } from '../db/tables.ts'
import { AccountNotFound } from '../errors.ts'
import { type DidDocument, toDidDocument } from '../identity/did-document.ts'

/** An account as clients of today see it in each answer with a session. */
export interface SessionAccount {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly emailConfirmed: boolean
  /** True if a login also needs a code from a mail. */
  readonly emailAuthFactor: boolean
  readonly status: AccountStatus
  /** By the latest operation that is known; undefined if none is. */
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

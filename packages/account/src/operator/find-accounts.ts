import type { ServiceContext } from '../context.ts'
import type { AccountStatus } from '../db/tables.ts'
import { AccountNotFound } from '../errors.ts'
import { canonicalEmail } from '../registration/email.ts'
import { type Page, pageLimit, readCursor, toPage } from './page.ts'
import type { AccountKey, RosterDetails, RosterEntry } from './roster-store.ts'

/** An account in a list. Purged data is null. */
export type AccountSummary = RosterEntry

export interface AccountDetails extends RosterEntry, RosterDetails {}

export interface AccountQuery {
  readonly status?: AccountStatus
  /** Part of a handle or an email address. */
  readonly search?: string
  /** Maximum number of accounts; 50 by default, 1,000 at most. */
  readonly limit?: number
  /** The cursor of the previous page. */
  readonly cursor?: string
}

export async function listAccounts(
  { store }: ServiceContext,
  { status, search, limit, cursor }: AccountQuery,
): Promise<Page<AccountSummary>> {
  const size = pageLimit(limit)
  const position = readCursor(cursor)
  const entries = await store.roster.list({
    ...(status !== undefined && { status }),
    ...(search !== undefined && { search: storable(search.toLowerCase()) }),
    ...(position !== undefined && {
      after: { createdAt: position.createdAt, did: position.key },
    }),
    limit: size + 1,
  })
  return toPage(entries, size, ({ createdAt, did }) => ({ createdAt, key: did }))
}

/** @throws {AccountNotFound} */
export async function showAccount(
  context: ServiceContext,
  account: string,
): Promise<AccountDetails> {
  const entry = await findAccount(context, account)
  return { ...entry, ...(await context.store.roster.details(entry.did, context.clock.now())) }
}

/**
 * Finds an account by DID, handle or email address.
 *
 * @throws {AccountNotFound}
 */
export async function findAccount(
  { store }: Pick<ServiceContext, 'store'>,
  account: string,
): Promise<RosterEntry> {
  const key = accountKey(storable(account.trim()))
  const entry = key && (await store.roster.find(key))
  if (entry === undefined) throw new AccountNotFound('There is no such account')
  return entry
}

function accountKey(text: string): AccountKey | undefined {
  if (text.startsWith('did:')) return { did: text }
  if (!text.includes('@')) return { handle: text.toLowerCase() }
  // Handles are often written @alice.example.com.
  if (text.lastIndexOf('@') === 0) return { handle: text.slice(1).toLowerCase() }
  const emailCanonical = canonicalEmail(text)
  return emailCanonical === null ? undefined : { emailCanonical }
}

/** PostgreSQL text cannot hold NUL or lone surrogates. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

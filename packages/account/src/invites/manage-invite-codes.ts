import type { ServiceContext } from '../context.ts'
import { InviteCodeNotFound } from '../errors.ts'
import { type Page, pageLimit, readCursor, toPage } from '../operator/page.ts'
import { normalizeInviteCode } from './invite-code.ts'
import type { StoredInvite } from './invite-store.ts'

export type Invite = StoredInvite

export interface InviteQuery {
  /** Maximum number of codes; 50 by default, 1,000 at most. */
  readonly limit?: number
  /** The cursor of the previous page. */
  readonly cursor?: string
  /** True to list only codes with uses left. */
  readonly usable?: boolean
  /** `recent` (default) is newest first; `usage` is a single page of the most used. */
  readonly order?: 'recent' | 'usage'
}

export async function listInviteCodes(
  { store }: ServiceContext,
  { limit, cursor, usable = false, order = 'recent' }: InviteQuery,
): Promise<Page<Invite>> {
  const size = pageLimit(limit)
  const position = readCursor(cursor)
  const invites = await store.invites.list({
    limit: size + 1,
    usable,
    order,
    ...(position !== undefined && {
      after: { createdAt: position.createdAt, code: position.key },
    }),
  })
  if (order === 'usage') return { items: invites.slice(0, size) }
  return toPage(invites, size, ({ createdAt, code }) => ({ createdAt, key: code }))
}

/** Undefined for an unknown code. */
export async function findInvite(
  { store }: Pick<ServiceContext, 'store'>,
  code: string,
): Promise<Invite | undefined> {
  return await store.invites.find(code)
}

/**
 * Disables an invite code. Idempotent.
 *
 * @throws {InviteCodeNotFound}
 */
export async function disableInviteCode(
  { store, clock }: ServiceContext,
  typed: string,
): Promise<Invite> {
  const code = normalizeInviteCode(typed)
  return await store.transaction(async (tx) => {
    const at = clock.now()
    const changed = code !== null && (await tx.invites.disable(code, at))
    const invite = code === null ? undefined : await tx.invites.find(code)
    if (invite === undefined) throw new InviteCodeNotFound('There is no such invite code')
    if (changed) {
      await tx.audit.append({ event: 'invite.disabled', actor: 'admin', at })
    }
    return invite
  })
}

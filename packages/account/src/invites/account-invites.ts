import type { ServiceContext } from '../context.ts'
import { AccountNotFound, InvitesDisabled } from '../errors.ts'
import { createInviteCode } from './create-invite-code.ts'
import { normalizeInviteCode } from './invite-code.ts'
import type { InviteUse, StoredInvite } from './invite-store.ts'

/** An invite code and its uses. */
export interface UsedInvite extends StoredInvite {
  readonly uses: readonly Omit<InviteUse, 'code'>[]
}

export interface InvitesRequest {
  /** Codes per account. */
  readonly codeCount: number
  readonly useCount: number
  readonly createdBy: string
  /** DIDs. If empty, the codes belong to no account. */
  readonly forAccounts: readonly string[]
}

export interface AccountInvites {
  /** The DID, or the creator of codes without an account. */
  readonly account: string
  readonly codes: readonly string[]
}

const MAX_CODES = 100

/**
 * Creates invite codes, `codeCount` per account.
 *
 * @throws {InvalidUseCount} @throws {AccountNotFound} @throws {InvitesDisabled}
 */
export async function createInviteCodes(
  context: ServiceContext,
  { codeCount, useCount, createdBy, forAccounts }: InvitesRequest,
): Promise<readonly AccountInvites[]> {
  const owners = forAccounts.length === 0 ? [undefined] : forAccounts
  for (const did of owners) {
    if (did === undefined) continue
    if ((await context.store.accounts.findProfile(did)) === undefined) {
      throw new AccountNotFound(`There is no account ${did}`)
    }
    if (await context.store.invites.isBlocked(did)) {
      throw new InvitesDisabled(`The operator has blocked new invite codes for ${did}`)
    }
  }
  const created: AccountInvites[] = []
  for (const forAccount of owners) {
    const codes: string[] = []
    for (let n = 0; n < Math.min(codeCount, MAX_CODES); n++) {
      codes.push(await createInviteCode(context, { useCount, createdBy, forAccount }))
    }
    created.push({ account: forAccount ?? createdBy, codes })
  }
  return created
}

/** The codes that belong to an account, newest first, with their uses. */
export async function listAccountInvites(
  { store }: ServiceContext,
  { did, includeUsed }: { readonly did: string; readonly includeUsed: boolean },
): Promise<readonly UsedInvite[]> {
  const invites = await store.invites.listFor(did)
  const wanted = includeUsed ? invites : invites.filter(({ usesLeft }) => usesLeft > 0)
  return await withUses({ store }, wanted)
}

/** Adds the uses to invite codes. */
export async function withUses(
  { store }: Pick<ServiceContext, 'store'>,
  invites: readonly StoredInvite[],
): Promise<readonly UsedInvite[]> {
  const uses = await store.invites.listUses(invites.map(({ code }) => code))
  return invites.map((invite) => ({
    ...invite,
    uses: uses
      .filter(({ code }) => code === invite.code)
      .map(({ usedBy, usedAt }) => ({ usedBy, usedAt })),
  }))
}

/** Disables invite codes by code or by account. Unknown ones are ignored. */
export async function disableInviteCodes(
  { store, clock }: ServiceContext,
  { codes, accounts }: { readonly codes: readonly string[]; readonly accounts: readonly string[] },
): Promise<void> {
  await store.transaction(async (tx) => {
    const at = clock.now()
    for (const typed of codes) {
      const code = normalizeInviteCode(typed)
      if (code !== null) await tx.invites.disable(code, at)
    }
    await tx.invites.disableFor(accounts, at)
    await tx.audit.append({ event: 'invite.disabled', actor: 'admin', at })
  })
}

/**
 * Blocks or unblocks new invite codes for an account.
 *
 * @throws {AccountNotFound}
 */
export async function setInvitesBlocked(
  { store, clock }: ServiceContext,
  { did, isBlocked, note }: BlockRequest & { readonly did: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const at = clock.now()
    const block = isBlocked ? { at, note: note ?? null } : null
    if (!(await tx.invites.setBlocked(did, block))) {
      throw new AccountNotFound('There is no such account')
    }
    const event = isBlocked ? 'invites.blocked' : 'invites.allowed'
    await tx.audit.append({ event, actor: 'admin', did, at })
  })
}

export interface BlockRequest {
  readonly isBlocked: boolean
  /** The operator's reason. */
  readonly note?: string | undefined
}

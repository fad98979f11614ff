import type { ServiceContext } from '../context.ts'
import { setEmail } from '../email/change-email.ts'
import {
  type BlockRequest,
  listAccountInvites,
  setInvitesBlocked,
  type UsedInvite,
  withUses,
} from '../invites/account-invites.ts'
import { findInvite } from '../invites/manage-invite-codes.ts'
import { type AccountSummary, findAccount } from './find-accounts.ts'

/** An account with its invite codes. */
export interface AccountInfo extends AccountSummary {
  /** The code it was created with. */
  readonly invitedBy: UsedInvite | undefined
  /** The codes that belong to it. */
  readonly invites: readonly UsedInvite[]
}

/** @throws {AccountNotFound} */
export async function getAccountInfo(
  context: ServiceContext,
  account: string,
): Promise<AccountInfo> {
  const entry = await findAccount(context, account)
  const invite = entry.inviteCode === null ? undefined : await findInvite(context, entry.inviteCode)
  const [invitedBy] = await withUses(context, invite === undefined ? [] : [invite])
  const invites = await listAccountInvites(context, { did: entry.did, includeUsed: true })
  return { ...entry, invitedBy, invites }
}

/** @throws {AccountNotFound} */
export async function blockInvites(
  context: ServiceContext,
  account: string,
  request: BlockRequest,
): Promise<AccountSummary> {
  const { did } = await findAccount(context, account)
  await setInvitesBlocked(context, { did, ...request })
  return await findAccount(context, did)
}

/** @throws {AccountNotFound} @throws {InvalidEmail} @throws {EmailNotAvailable} */
export async function replaceEmail(
  context: ServiceContext,
  account: string,
  email: string,
): Promise<AccountSummary> {
  const { did } = await findAccount(context, account)
  await setEmail(context, { did, email })
  return await findAccount(context, did)
}

/** A message and its recipient. */
export interface MailRequest {
  /** A DID, handle or email address. */
  readonly account: string
  /** One line; the name of the service by default. */
  readonly subject?: string | undefined
  readonly text: string
}

/**
 * Queues a mail to the owner of an account.
 * @throws {AccountNotFound}
 */
export async function sendMail(
  context: ServiceContext,
  { account, subject = `A message from ${context.policy.mail.serviceName}`, text }: MailRequest,
): Promise<void> {
  const { did } = await findAccount(context, account)
  const message = { subject: storable(subject), text: storable(text) }
  await context.store.outbox.addMessage(did, message, context.clock.now())
}

/** PostgreSQL text cannot hold NUL or lone surrogates. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

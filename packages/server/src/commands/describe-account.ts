import type { AccountDetails, AccountSummary } from '@lexwright/account'
import { type Column, facts, moment, table } from './layout.ts'

const columns: readonly Column<AccountSummary>[] = [
  { title: 'handle', value: ({ handle }) => handle },
  { title: 'email', value: ({ email }) => email },
  { title: 'status', value: statusOf },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'did', value: ({ did }) => did },
]

/** Formats accounts as a table. */
export function describeAccounts(accounts: readonly AccountSummary[]): string {
  return table(columns, accounts)
}

/** The state of an account in one line. */
export function describeStatus(account: AccountSummary): string {
  const until =
    account.status === 'deleted' && account.purgedAt === null && account.purgeAfter !== null
      ? `; it can be restored until ${moment(account.purgeAfter)}`
      : ''
  return `${account.handle ?? account.did} is ${statusOf(account)}${until}\n`
}

/**
 * Every detail of an account.
 *
 * @param pds DID of its PDS; null if it has none, undefined without an entryway.
 */
export function describeAccount(account: AccountDetails, pds?: string | null): string {
  const { publication, events } = account
  const about = facts([
    ['DID', account.did],
    ['Handle', account.handle],
    ...(pds === undefined ? [] : [['PDS', pds] as const]),
    ['Email', account.email],
    ['Email confirmed', account.emailConfirmedAt],
    ['Status', statusOf(account)],
    ['Invite code', account.inviteCode],
    ['Invite codes blocked since', account.invitesDisabledAt],
    ['Reason of the block', account.inviteNote],
    ['Created', account.createdAt],
    ['Activated', account.activatedAt],
    ['Password since', account.passwordChangedAt],
    ['Deactivated', account.deactivatedAt],
    ['Deleted unless activated until', account.deleteAfter],
    ['Disabled', account.disabledAt],
    ['Takedown reference', account.takedownRef],
    ['Deleted', account.deletedAt],
    ['Restorable until', account.purgedAt === null ? account.purgeAfter : null],
    ['Purged', account.purgedAt],
    ['DID published', publication && publishedAt(publication)],
    ['Live sessions', account.liveSessions],
    ['Mails waiting', account.pendingMails],
  ])
  if (events.length === 0) return about
  const history = table(
    [
      { title: 'at', value: ({ at }) => at },
      { title: 'event', value: ({ event }) => event },
      { title: 'by', value: ({ actor }) => actor },
    ],
    events,
  )
  return `${about}\n${history}`
}

function publishedAt({
  publishedAt: at,
  attempts,
  lastError,
}: NonNullable<AccountDetails['publication']>): Date | string {
  if (at !== null) return at
  return lastError === null ? 'not yet' : `not yet, after ${attempts} attempts: ${lastError}`
}

function statusOf({ status, purgedAt }: AccountSummary): string {
  return purgedAt === null ? status : 'purged'
}

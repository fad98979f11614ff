import type { Queries } from '../db/database.ts'
import type { AccountStatus } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

/** Pending work in the database. */
export interface Backlog {
  /** Mails to send, and when the oldest of them was queued. */
  readonly mails: number
  readonly oldestMailAt: Date | null
  /** Mails given up. */
  readonly failedMails: number
  /** DIDs not published in a directory. */
  readonly unpublishedDids: number
  /** Incomplete registrations. */
  readonly pendingAccounts: number
}

/** Number of accounts by status. */
export type AccountCounts = Readonly<Record<AccountStatus | 'purged', number>>

/** Counts pending work, for monitoring. */
export interface BacklogStore {
  count(): Promise<Backlog>
  /** Scans all accounts. */
  countAccounts(): Promise<AccountCounts>
}

export function createBacklogStore(queries: Queries): BacklogStore {
  return {
    count: async () => {
      const waiting = await queries
        .selectFrom('outbox')
        .select(({ fn }) => [fn.countAll().as('mails'), fn.min('created_at').as('oldest')])
        .where('failed_at', 'is', null)
        .executeTakeFirstOrThrow()
      const failed = await queries
        .selectFrom('outbox')
        .select(({ fn }) => fn.countAll().as('mails'))
        .where('failed_at', 'is not', null)
        .executeTakeFirstOrThrow()
      const unpublished = await queries
        .selectFrom('did_operation')
        .select(({ fn }) => fn.countAll().as('dids'))
        .where('published_at', 'is', null)
        .executeTakeFirstOrThrow()
      const pending = await queries
        .selectFrom('did_operation')
        .innerJoin('account', 'account.did', 'did_operation.did')
        .select(({ fn }) => fn.countAll().as('accounts'))
        .where('did_operation.published_at', 'is', null)
        .where('account.status', '=', 'pending')
        .executeTakeFirstOrThrow()
      const oldest: Date | string | null = waiting.oldest
      return {
        mails: Number(waiting.mails),
        oldestMailAt: oldest === null ? null : toDate(oldest),
        failedMails: Number(failed.mails),
        unpublishedDids: Number(unpublished.dids),
        pendingAccounts: Number(pending.accounts),
      }
    },

    countAccounts: async () => {
      const rows = await queries
        .selectFrom('account')
        .select(({ fn, eb }) => [
          'status',
          eb('purged_at', 'is not', null).as('is_purged'),
          fn.countAll().as('accounts'),
        ])
        .groupBy(({ eb }) => ['status', eb('purged_at', 'is not', null)])
        .execute()
      const counts = { pending: 0, active: 0, deactivated: 0, disabled: 0, deleted: 0, purged: 0 }
      for (const { status, is_purged: isPurged, accounts } of rows) {
        counts[isPurged ? 'purged' : status] += Number(accounts)
      }
      return counts
    },
  }
}

import { sql } from 'kysely'
import type { Move } from '../moves/move.ts'
import type { EntrywayQueries } from './tables.ts'

/** The copy of an account at a host that it has left. */
export type FormerCopy = Pick<Move, 'did' | 'from'>

/** Copies at hosts that accounts have left. */
export interface CopyStore {
  /**
   * Copies left by moves that ended before a given time without missing blobs, and those of purged
   * accounts.
   */
  listFormerCopies(finishedBefore: Date): Promise<readonly FormerCopy[]>
  forgetCopy(copy: FormerCopy): Promise<void>
  /**
   * Accounts deactivated by their owners before a moment whose DIDs name none of our hosts.
   *
   * @param query.host only those of a host.
   */
  listDeparted(query: {
    readonly before: Date
    readonly host?: string
  }): Promise<readonly FormerCopy[]>
  /** Removes the placement of a departed account, and its unfinished move. */
  forgetPlace(copy: FormerCopy): Promise<void>
}

/** The PDS endpoint in the latest operation of a log. */
const ENDPOINT = sql<
  string | null
>`head.operation::jsonb -> 'services' -> 'atproto_pds' ->> 'endpoint'`
/** Copies removed in one run. */
const BATCH = 100

export function createCopyStore(queries: EntrywayQueries): CopyStore {
  return {
    listFormerCopies: async (finishedBefore) => {
      const rows = await queries
        .selectFrom('entryway_move')
        .innerJoin('account', 'account.did', 'entryway_move.did')
        .select(['entryway_move.did', 'from_host'])
        .where((eb) =>
          eb.or([
            eb('account.purged_at', 'is not', null),
            eb.and([
              eb('entryway_move.finished_at', '<=', finishedBefore),
              eb('entryway_move.missing_blobs', '=', 0),
              eb.not(
                eb.exists(
                  eb
                    .selectFrom('entryway_move as other')
                    .select('other.did')
                    .whereRef('other.did', '=', 'entryway_move.did')
                    .where('other.finished_at', 'is', null),
                ),
              ),
            ]),
          ]),
        )
        .limit(BATCH)
        .execute()
      return rows.map((row) => ({ did: row.did, from: row.from_host }))
    },

    forgetCopy: async ({ did, from }) => {
      await queries
        .deleteFrom('entryway_move')
        .where('did', '=', did)
        .where('from_host', '=', from)
        .execute()
    },

    listDeparted: async ({ before, host }) => {
      const rows = await queries
        .selectFrom('entryway_account')
        .innerJoin('account', 'account.did', 'entryway_account.did')
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom('did_log')
              .select('did_log.operation')
              .whereRef('did_log.did', '=', 'entryway_account.did')
              .where('did_log.is_nullified', '=', false)
              .orderBy('did_log.position', 'desc')
              .limit(1)
              .as('head'),
          (join) => join.onTrue(),
        )
        .select(['entryway_account.did', 'entryway_account.host'])
        .where('account.status', '=', 'deactivated')
        .where('account.deactivated_at', '<=', before)
        .$if(host !== undefined, (query) => query.where('entryway_account.host', '=', host ?? ''))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('entryway_host')
                .select('entryway_host.did')
                .whereRef('entryway_host.url', '=', ENDPOINT),
            ),
          ),
        )
        .where(ENDPOINT, 'is not', null)
        .limit(BATCH)
        .execute()
      return rows.map((row) => ({ did: row.did, from: row.host }))
    },

    forgetPlace: async ({ did, from }) => {
      await queries
        .deleteFrom('entryway_move')
        .where('did', '=', did)
        .where('finished_at', 'is', null)
        .execute()
      await queries
        .deleteFrom('entryway_account')
        .where('did', '=', did)
        .where('host', '=', from)
        .execute()
    },
  }
}

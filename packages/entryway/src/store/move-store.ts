import { toDate } from '@lexwright/account/extension'
import type { Move, MoveStep } from '../moves/move.ts'
import type { EntrywayQueries } from './tables.ts'

/** A move and its number of attempts. An attempt that has been overtaken changes nothing. */
export interface ClaimedMove extends Move {
  /** When the unanswered request to create the account was sent to the new host. */
  readonly sentAt: Date | undefined
}

interface Times {
  readonly now: Date
  readonly leaseEnd: Date
}

export interface MoveStore {
  /** Inserts a move that is due now, or changes the destination of one still at its first step. */
  begin(move: Pick<Move, 'did' | 'from' | 'to'> & { readonly at: Date }): Promise<void>
  /** The unfinished move of an account. */
  find(did: string): Promise<Move | undefined>
  /** Unfinished moves, oldest first. */
  list(): Promise<readonly Move[]>
  /** Claims a move until `leaseEnd`; undefined if there is none, or another process holds it. */
  claim(did: string, times: Times): Promise<ClaimedMove | undefined>
  /** Claims a move that is due. */
  claimDue(times: Times): Promise<ClaimedMove | undefined>
  /** Extends a claim; false if it was overtaken. */
  renew(claim: ClaimedMove, leaseEnd: Date): Promise<boolean>
  /** False if the claim was overtaken. */
  advance(claim: ClaimedMove, step: MoveStep): Promise<boolean>
  noteSending(claim: ClaimedMove, sentAt: Date | undefined): Promise<void>
  noteMissingBlobs(claim: ClaimedMove, missing: number): Promise<void>
  /** Ends a failed attempt. */
  fail(
    claim: ClaimedMove,
    failure: Pick<Move, 'step' | 'nextAttemptAt' | 'lastError'>,
  ): Promise<void>
  finish(claim: ClaimedMove, at: Date): Promise<void>
  /** Accounts on a host that are not being moved and may have a repository there. */
  listAccounts(host: string): Promise<readonly string[]>
}

const COLUMNS = [
  'entryway_move.did',
  'entryway_move.from_host',
  'entryway_move.to_host',
  'entryway_move.step',
  'entryway_move.started_at',
  'entryway_move.attempts',
  'entryway_move.next_attempt_at',
  'entryway_move.last_error',
  'entryway_move.sent_at',
  'entryway_move.missing_blobs',
  'account.handle',
] as const

const MAX_ERROR = 500

/** Sets the step of a claimed move. */
async function advance(
  queries: EntrywayQueries,
  { did, attempts }: ClaimedMove,
  step: MoveStep,
): Promise<boolean> {
  const { numUpdatedRows } = await queries
    .updateTable('entryway_move')
    .set({ step, sent_at: null })
    .where('did', '=', did)
    .where('attempts', '=', attempts)
    .where('finished_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Records the new host of the account, in its placement; false if the claim was overtaken. */
export async function followMove(
  queries: EntrywayQueries,
  claim: ClaimedMove,
  signingKey: string,
): Promise<boolean> {
  if (!(await advance(queries, claim, 'repository'))) return false
  const { did, to } = claim
  const place = { host: to, signing_key: signingKey }
  await queries
    .insertInto('entryway_account')
    .values({ did, ...place, operation: '' })
    .onConflict((conflict) => conflict.column('did').doUpdateSet(place))
    .execute()
  // A copy left by an earlier stay there has been removed.
  await queries
    .deleteFrom('entryway_move')
    .where('did', '=', did)
    .where('from_host', '=', to)
    .execute()
  return true
}

export function createMoveStore(queries: EntrywayQueries): MoveStore {
  const unfinished = () =>
    queries
      .selectFrom('entryway_move')
      .innerJoin('account', 'account.did', 'entryway_move.did')
      .select(COLUMNS)
      .where('entryway_move.finished_at', 'is', null)
      .where('account.purged_at', 'is', null)

  const update = ({ did, attempts }: ClaimedMove) =>
    queries
      .updateTable('entryway_move')
      .where('did', '=', did)
      .where('attempts', '=', attempts)
      .where('finished_at', 'is', null)

  const claimOf = async (
    { now, leaseEnd }: Times,
    did?: string,
  ): Promise<ClaimedMove | undefined> => {
    const row = await queries
      .with('due', (db) =>
        db
          .selectFrom('entryway_move')
          .select('did')
          .where('finished_at', 'is', null)
          .where((eb) => {
            const isDue = eb('next_attempt_at', '<=', now)
            if (did === undefined) return isDue
            // One that failed, or waits, may be retried at once.
            const isWaiting = eb('next_attempt_at', 'is', null)
            return eb.or([isDue, isWaiting, eb('last_error', 'is not', null)])
          })
          .$if(did !== undefined, (query) => query.where('did', '=', did ?? ''))
          .orderBy('next_attempt_at')
          .limit(1)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('entryway_move')
      .from(['due', 'account'])
      .set((eb) => ({
        next_attempt_at: leaseEnd,
        attempts: eb('entryway_move.attempts', '+', 1),
        last_error: null,
      }))
      .whereRef('entryway_move.did', '=', 'due.did')
      .whereRef('account.did', '=', 'due.did')
      .where('account.purged_at', 'is', null)
      .where('entryway_move.finished_at', 'is', null)
      .returning(COLUMNS)
      .executeTakeFirst()
    return row && toMove(row)
  }

  return {
    begin: async ({ did, from, to, at }) => {
      await queries
        .insertInto('entryway_move')
        .values({
          did,
          from_host: from,
          to_host: to,
          step: 'stop',
          started_at: at,
          next_attempt_at: at,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      await queries
        .updateTable('entryway_move')
        .set({ to_host: to })
        .where('did', '=', did)
        .where('finished_at', 'is', null)
        .where('step', '=', 'stop')
        .where((eb) => eb.or([eb('last_error', 'is not', null), eb('attempts', '=', 0)]))
        .execute()
    },

    find: async (did) => {
      const row = await unfinished().where('entryway_move.did', '=', did).executeTakeFirst()
      return row && toMove(row)
    },

    list: async () => {
      const rows = await unfinished()
        .orderBy('entryway_move.started_at')
        .orderBy('entryway_move.did')
        .execute()
      return rows.map(toMove)
    },

    claim: (did, times) => claimOf(times, did),
    claimDue: (times) => claimOf(times),

    renew: async (claim, leaseEnd) => {
      const { numUpdatedRows } = await update(claim)
        .set({ next_attempt_at: leaseEnd })
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    advance: (claim, step) => advance(queries, claim, step),

    noteSending: async (claim, sentAt) => {
      await update(claim)
        .set({ sent_at: sentAt ?? null })
        .execute()
    },

    noteMissingBlobs: async (claim, missing) => {
      await update(claim).set({ missing_blobs: missing }).execute()
    },

    fail: async (claim, { step, nextAttemptAt, lastError }) => {
      await update(claim)
        .set({
          step,
          next_attempt_at: nextAttemptAt ?? null,
          last_error: lastError?.slice(0, MAX_ERROR) ?? null,
        })
        .execute()
    },

    finish: async (claim, at) => {
      await update(claim)
        .set({ step: 'finished', finished_at: at, next_attempt_at: null, preferences: null })
        .execute()
    },

    listAccounts: async (host) => {
      const rows = await queries
        .selectFrom('entryway_account')
        .innerJoin('account', 'account.did', 'entryway_account.did')
        .select('entryway_account.did')
        .where('entryway_account.host', '=', host)
        .where('account.status', '<>', 'pending')
        .where('account.purged_at', 'is', null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('entryway_move')
                .select('entryway_move.did')
                .whereRef('entryway_move.did', '=', 'entryway_account.did')
                .where('entryway_move.finished_at', 'is', null),
            ),
          ),
        )
        .orderBy('entryway_account.did')
        .execute()
      return rows.map(({ did }) => did)
    },
  }
}

function toMove(row: {
  readonly did: string
  readonly from_host: string
  readonly to_host: string
  readonly step: MoveStep
  readonly started_at: Date | string
  readonly attempts: number
  readonly next_attempt_at: Date | string | null
  readonly last_error: string | null
  readonly sent_at: Date | string | null
  readonly missing_blobs: number
  readonly handle: string | null
}): ClaimedMove {
  const moment = (value: Date | string | null) => (value === null ? undefined : toDate(value))
  return {
    did: row.did,
    handle: row.handle,
    from: row.from_host,
    to: row.to_host,
    step: row.step,
    startedAt: toDate(row.started_at),
    attempts: row.attempts,
    nextAttemptAt: moment(row.next_attempt_at),
    lastError: row.last_error ?? undefined,
    missingBlobs: row.missing_blobs,
    sentAt: moment(row.sent_at),
  }
}

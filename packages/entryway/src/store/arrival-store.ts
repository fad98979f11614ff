import type { AccountTables } from '@lexwright/account/extension'
import type { SelectQueryBuilder } from 'kysely'
import type { EntrywayQueries, EntrywayTables } from './tables.ts'

/** An account from a PDS that is not a host, before it is at its host. */
export interface Arrival {
  readonly did: string
  /** URL of the old PDS. */
  readonly from: string
  /** DID of the new host. */
  readonly to: string
  /** The key reserved at the new host, as `did:key`. */
  readonly signingKey: string
}

export interface ArrivalStore {
  find(did: string): Promise<Arrival | undefined>
  /** Stores what has changed since the account was reserved. */
  change(arrival: Pick<Arrival, 'did' | 'from' | 'signingKey'>): Promise<void>
  /** Lets any process check from a given time on, if the DID names the new host. */
  expectOwner(did: string, dueAt: Date): Promise<void>
  /** JSON text of the preferences stored so far. */
  findPreferences(did: string): Promise<string | undefined>
  /** False if the account is not at this step any more. */
  putPreferences(did: string, preferences: string): Promise<boolean>
  /** Accounts whose owners have not submitted an operation since they were reserved. */
  listWaiting(reservedBefore: Date): Promise<readonly string[]>
}

/** As an error, since a move without one belongs to a running attempt. */
const SUBMITTING = 'The operation of the owner is being published'

/** Runs in the transaction that reserves the account. */
export async function insertArrival(
  queries: EntrywayQueries,
  { did, from, to, signingKey, at }: Arrival & { readonly at: Date },
): Promise<void> {
  // Left by an earlier stay.
  await queries
    .deleteFrom('entryway_move')
    .where('did', '=', did)
    .where('from_host', '=', from)
    .where('finished_at', 'is not', null)
    .execute()
  await queries
    .insertInto('entryway_move')
    .values({
      did,
      from_host: from,
      to_host: to,
      step: 'submit',
      started_at: at,
      signing_key: signingKey,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The new host of an account that is not there yet. */
export function arrivalOf(
  queries: EntrywayQueries,
  did: string,
): SelectQueryBuilder<AccountTables & EntrywayTables, 'entryway_move' | 'entryway_host', object> {
  return queries
    .selectFrom('entryway_move')
    .innerJoin('entryway_host', 'entryway_host.did', 'entryway_move.to_host')
    .where('entryway_move.did', '=', did)
    .where('entryway_move.finished_at', 'is', null)
    .where('entryway_move.signing_key', 'is not', null)
}

export function createArrivalStore(queries: EntrywayQueries): ArrivalStore {
  const update = (did: string) =>
    queries
      .updateTable('entryway_move')
      .where('did', '=', did)
      .where('finished_at', 'is', null)
      .where('step', '=', 'submit')

  return {
    find: async (did) => {
      const row = await queries
        .selectFrom('entryway_move')
        .select(['did', 'from_host', 'to_host', 'signing_key'])
        .where('did', '=', did)
        .where('finished_at', 'is', null)
        .where('step', '=', 'submit')
        .executeTakeFirst()
      return (
        row && {
          did,
          from: row.from_host,
          to: row.to_host,
          signingKey: row.signing_key ?? '',
        }
      )
    },

    change: async ({ did, from, signingKey }) => {
      await update(did).set({ from_host: from, signing_key: signingKey }).execute()
    },

    expectOwner: async (did, dueAt) => {
      await update(did)
        .set({ next_attempt_at: dueAt, last_error: SUBMITTING })
        .where('next_attempt_at', 'is', null)
        .execute()
    },

    findPreferences: async (did) => {
      const row = await queries
        .selectFrom('entryway_move')
        .select('preferences')
        .where('did', '=', did)
        .where('finished_at', 'is', null)
        .executeTakeFirst()
      return row?.preferences ?? undefined
    },

    putPreferences: async (did, preferences) => {
      const { numUpdatedRows } = await update(did).set({ preferences }).executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    listWaiting: async (reservedBefore) => {
      const rows = await queries
        .selectFrom('entryway_move')
        .innerJoin('account', 'account.did', 'entryway_move.did')
        .select('entryway_move.did')
        .where('entryway_move.step', '=', 'submit')
        .where('entryway_move.started_at', '<', reservedBefore)
        .where('entryway_move.next_attempt_at', 'is', null)
        .where('account.purged_at', 'is', null)
        .execute()
      return rows.map(({ did }) => did)
    },
  }
}

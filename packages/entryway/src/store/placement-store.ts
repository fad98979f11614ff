import { toDate } from '@lexwright/account/extension'
import { arrivalOf } from './arrival-store.ts'
import type { EntrywayQueries } from './tables.ts'

/** The host where an account is to be created, and the operation that creates it. */
export interface Placement {
  readonly did: string
  readonly host: string
  /** As `did:key`. */
  readonly signingKey: string
  /** JSON text. */
  readonly operation: string
}

/** A placement claimed by this process. */
export interface ClaimedPlacement extends Placement {
  readonly handle: string
  /** When the account was reserved. */
  readonly reservedAt: Date
  /** When the oldest unanswered operation was sent to the host. */
  readonly unansweredSince: Date | undefined
}

export interface PlacementStore {
  find(did: string): Promise<Placement | undefined>
  /** Places an existing account. */
  insert(placement: Placement): Promise<void>
  /** Claims a placement until `leaseEnd`; undefined while another process or request holds it. */
  claim(
    did: string,
    times: { readonly now: Date; readonly leaseEnd: Date },
  ): Promise<ClaimedPlacement | undefined>
  /** Stores another host or operation, before anything is sent. */
  change(placement: Placement): Promise<void>
  /** Records that an operation is about to be sent while no other is unanswered. */
  noteSending(did: string, at: Date): Promise<void>
  /** Ends a claim. */
  settle(did: string, outcome: Pick<ClaimedPlacement, 'unansweredSince'>): Promise<void>
}

/** Runs in the transaction that reserves the account. */
export async function insertPlacement(
  queries: EntrywayQueries,
  { did, host, signingKey, operation }: Placement,
): Promise<void> {
  await queries
    .insertInto('entryway_account')
    .values({ did, host, signing_key: signingKey, operation })
    .execute()
}

/**
 * The URL of an account's host, or of the one it is moving in to, and the account's signing key
 * there.
 */
export async function findPlaceOf(
  queries: EntrywayQueries,
  did: string,
): Promise<{ readonly endpoint: string; readonly signingKey: string } | undefined> {
  const place = await queries
    .selectFrom('entryway_account')
    .innerJoin('entryway_host', 'entryway_host.did', 'entryway_account.host')
    .select(['entryway_host.url as endpoint', 'entryway_account.signing_key as signingKey'])
    .where('entryway_account.did', '=', did)
    .executeTakeFirst()
  if (place !== undefined) return place
  return await arrivalOf(queries, did)
    .select(['entryway_host.url as endpoint', 'entryway_move.signing_key as signingKey'])
    .$narrowType<{ signingKey: string }>()
    .executeTakeFirst()
}

const COLUMNS = [
  'entryway_account.did',
  'entryway_account.host',
  'entryway_account.signing_key',
  'entryway_account.operation',
] as const

export function createPlacementStore(queries: EntrywayQueries): PlacementStore {
  return {
    find: async (did) => {
      const row = await queries
        .selectFrom('entryway_account')
        .select(COLUMNS)
        .where('did', '=', did)
        .executeTakeFirst()
      return row && toPlacement(row)
    },

    insert: (placement) => insertPlacement(queries, placement),

    claim: async (did, { now, leaseEnd }) => {
      const row = await queries
        .with('before', (db) =>
          db
            .selectFrom('entryway_account')
            .select('did')
            .where('did', '=', did)
            .where((eb) => eb.or([eb('busy_until', 'is', null), eb('busy_until', '<=', now)]))
            .forUpdate(),
        )
        .updateTable('entryway_account')
        .from(['before', 'account'])
        .set({ busy_until: leaseEnd })
        .whereRef('entryway_account.did', '=', 'before.did')
        .whereRef('account.did', '=', 'before.did')
        .returning([...COLUMNS, 'unanswered_since', 'account.handle', 'account.created_at'])
        .executeTakeFirst()
      return (
        row && {
          ...toPlacement(row),
          handle: row.handle ?? '',
          reservedAt: toDate(row.created_at),
          unansweredSince: row.unanswered_since === null ? undefined : toDate(row.unanswered_since),
        }
      )
    },

    change: async ({ did, host, signingKey, operation }) => {
      await queries
        .updateTable('entryway_account')
        .set({ host, signing_key: signingKey, operation })
        .where('did', '=', did)
        .execute()
    },

    noteSending: async (did, at) => {
      await queries
        .updateTable('entryway_account')
        .set({ unanswered_since: at })
        .where('did', '=', did)
        .execute()
    },

    settle: async (did, { unansweredSince }) => {
      await queries
        .updateTable('entryway_account')
        .set({ busy_until: null, unanswered_since: unansweredSince ?? null })
        .where('did', '=', did)
        .execute()
    },
  }
}

function toPlacement(row: {
  readonly did: string
  readonly host: string
  readonly signing_key: string
  readonly operation: string
}): Placement {
  const { did, host, signing_key: signingKey, operation } = row
  return { did, host, signingKey, operation }
}

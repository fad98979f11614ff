import type { Queries } from '../db/database.ts'
import { createLookup, POSITION } from '../db/lookup.ts'

/** An operation of a DID. */
export interface KnownOperation {
  /** JSON text; for a `did:web`, its document as the only entry. */
  readonly operation: string
  readonly isNullified: boolean
}

/** The mirrored log of each DID, as last read from its directory. */
export interface DidLogStore {
  /** The latest valid operation. */
  findHead(did: string): Promise<string | undefined>
  /** Oldest first. */
  read(did: string): Promise<readonly KnownOperation[]>
  /** Replaces a log, in a transaction that has locked the account. */
  replace(did: string, log: readonly KnownOperation[]): Promise<void>
}

export function createDidLogStore(queries: Queries): DidLogStore {
  const selectHead = createLookup(queries, ['did'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('did_log', 'did_log.did', 'wanted.did')
      .distinctOn('wanted.position')
      .select([POSITION, 'did_log.operation'])
      .where('did_log.is_nullified', '=', false)
      .orderBy('wanted.position')
      .orderBy('did_log.position', 'desc'),
  )

  return {
    findHead: async (did) => (await selectHead({ did }))?.operation,

    read: async (did) => {
      const rows = await queries
        .selectFrom('did_log')
        .select(['operation', 'is_nullified'])
        .where('did', '=', did)
        .orderBy('position')
        .execute()
      return rows.map((row) => ({ operation: row.operation, isNullified: row.is_nullified }))
    },

    replace: async (did, log) => {
      await queries.deleteFrom('did_log').where('did', '=', did).execute()
      if (log.length === 0) return
      await queries
        .insertInto('did_log')
        .values(
          log.map(({ operation, isNullified }, position) => ({
            did,
            position,
            operation,
            is_nullified: isNullified,
          })),
        )
        .execute()
    },
  }
}

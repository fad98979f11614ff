import { decode, encode } from '@atproto/lex-cbor'
import type { LexMap } from '@atproto/lex-data'
import { EventLog } from '@lexwright/xrpc'
import { sql } from 'kysely'
import type { OutputSchema } from '../generated/types/com/atproto/sync/subscribeRepos.ts'
import type { Database, Tx } from './database.ts'

/** A message of `com.atproto.sync.subscribeRepos`. */
export type RepoEvent = OutputSchema & { readonly seq: number }

export interface NewEvent {
  readonly did: string
  readonly type: 'commit' | 'sync' | 'identity' | 'account'
  readonly body: LexMap
}

/** Writes an event in the transaction of what it tells, so that there is one exactly if that has happened. */
export async function appendEvent(tx: Tx, { did, type, body }: NewEvent): Promise<void> {
  const bytes = encode({ ...body, time: new Date().toISOString() })
  await tx.insertInto('pds.event').values({ did, type, body: bytes, seq: null }).execute()
}

/** The events of all repositories, replayed and live, in the order in which they were committed. */
export function openEventLog(db: Database): EventLog<RepoEvent> {
  const numbers = async () => {
    const { rows } = await sql<{ last: string; earliest: string }>`
      select last, coalesce((select min(seq) - 1 from pds.event), last) as earliest
      from pds.event_sequence`.execute(db)
    return { last: Number(rows[0]?.last), earliest: Number(rows[0]?.earliest) }
  }
  return new EventLog<RepoEvent>({
    cursorOf: ({ seq }) => seq,
    read: async (after, limit) => {
      await numberEvents(db)
      const rows = await db
        .selectFrom('pds.event')
        .select(['seq', 'type', 'body'])
        .where('seq', '>', String(after))
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map(({ seq, type, body }) => ({
        ...(decode(new Uint8Array(body)) as LexMap),
        $type: `com.atproto.sync.subscribeRepos#${type}`,
        seq: Number(seq),
      }))
    },
    latest: async () => {
      await numberEvents(db)
      return (await numbers()).last
    },
    earliest: async () => (await numbers()).earliest,
  })
}

const PAGE = 500

/**
 * Numbers events that were committed since. A transaction that begins first may commit last, so an event gets its number only
 * once it is committed, and from one process at a time: none ever appears before one that a subscriber has seen.
 */
async function numberEvents(db: Database): Promise<void> {
  const numberPage = db.transaction().execute(async (tx) => {
    const sequence = tx.selectFrom('pds.event_sequence').select('last')
    const row = await sequence.forUpdate().skipLocked().executeTakeFirst()
    // Another process is at it.
    if (row === undefined) return 0
    const { numAffectedRows: count = 0n } = await sql`
      with fresh as (
        select id, row_number() over (order by id) as position
        from pds.event where seq is null order by id limit ${PAGE})
      update pds.event set seq = ${row.last}::bigint + fresh.position
      from fresh where event.id = fresh.id`.execute(tx)
    const last = String(BigInt(row.last) + count)
    if (count > 0n) await tx.updateTable('pds.event_sequence').set({ last }).execute()
    return Number(count)
  })
  if ((await numberPage) === PAGE) await numberEvents(db)
}

/** Forgets events of more than three days ago. Whoever was away for longer is told so, and reads repositories anew. */
export async function forgetOldEvents(db: Database): Promise<void> {
  await sql`delete from pds.event where at < now() - interval '3 days' and seq is not null`.execute(
    db,
  )
}

import { decode, encode } from '@atproto/lex-cbor'
import { type LexMap, parseCid } from '@atproto/lex-data'
import { blocksToCarFile } from '@atproto/repo'
import { EventLog } from '@lexwright/xrpc'
import { type RawBuilder, sql } from 'kysely'
import type { OutputSchema } from '../generated/types/com/atproto/sync/subscribeRepos.ts'
import { type BlockRow, toBlocks } from './blocks.ts'
import type { Database, Tx } from './database.ts'

/** A message of `com.atproto.sync.subscribeRepos`. */
export type RepoEvent = OutputSchema & { readonly seq: number }

export interface NewEvent {
  readonly did: string
  readonly type: 'commit' | 'sync' | 'identity' | 'account'
  readonly body: LexMap
}

/** Writes an event in the transaction of the change it announces, so both are committed or neither. */
export async function appendEvent(tx: Tx, { did, type, body }: NewEvent): Promise<void> {
  const bytes = encode({ ...body, time: new Date().toISOString() })
  await sql`insert into pds.event (did, type, body) values (${did}, ${type}, ${bytes})`.execute(tx)
}

/** Appends a `#sync` event with the latest commit of an active account's repository. */
export async function appendSync(tx: Tx, did: string): Promise<void> {
  const { rows } = await sql<BlockRow & { rev: string }>`
    select cid, bytes, repo.rev from pds.repo join pds.block on block.did = repo.did and cid = head
    where repo.did = ${did} and status = 'active'`.execute(tx)
  for (const { rev, ...commit } of rows) {
    const blocks = await blocksToCarFile(parseCid(commit.cid), toBlocks([commit]))
    await appendEvent(tx, { did, type: 'sync', body: { did, rev, blocks } })
  }
}

/** The events of all repositories in commit order, replayed and live. */
export function openEventLog(db: Database): EventLog<RepoEvent> {
  const read = async (number: RawBuilder<string>) => {
    const { rows } = await sql<{ n: string }>`
      select ${number} as n from pds.event_sequence`.execute(db)
    return Number(rows[0]?.n)
  }
  return new EventLog<RepoEvent>({
    cursorOf: ({ seq }) => seq,
    read: async (after, limit) => {
      await numberEvents(db)
      const { rows } = await sql<{ seq: string; type: string; body: Uint8Array }>`
        select seq, type, body from pds.event
        where seq > ${after} order by seq limit ${limit}`.execute(db)
      return rows.map(({ seq, type, body }) => ({
        ...(decode(new Uint8Array(body)) as LexMap),
        $type: `com.atproto.sync.subscribeRepos#${type}`,
        seq: Number(seq),
      }))
    },
    latest: async () => {
      await numberEvents(db)
      return await read(sql`last`)
    },
    earliest: () => read(sql`coalesce((select min(seq) - 1 from pds.event), last)`),
  })
}

const PAGE = 500

/**
 * Numbers newly committed events. Transactions may commit in another order than they begin, so events are numbered after
 * their commit, by one process at a time: no event appears before one that a subscriber has already read.
 */
async function numberEvents(db: Database): Promise<void> {
  const count = await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ last: string }>`
      select last from pds.event_sequence for update skip locked`.execute(tx)
    // No row is returned while another process holds the lock.
    const [{ last } = { last: undefined }] = rows
    if (last === undefined) return 0
    const { numAffectedRows = 0n } = await sql`
      with fresh as (
        select id, row_number() over (order by id) as position
        from pds.event where seq is null order by id limit ${PAGE})
      update pds.event set seq = ${last}::bigint + fresh.position
      from fresh where event.id = fresh.id`.execute(tx)
    await sql`update pds.event_sequence set last = last + ${numAffectedRows}`.execute(tx)
    return Number(numAffectedRows)
  })
  if (count === PAGE) await numberEvents(db)
}

/** Deletes events older than three days. Subscribers with an older cursor get an `OutdatedCursor` message. */
export async function forgetOldEvents(db: Database): Promise<void> {
  const isOld = sql`at < now() - interval '3 days' and seq is not null`
  await sql`delete from pds.event where ${isOld}`.execute(db)
}

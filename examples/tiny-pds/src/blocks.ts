import { type Cid, parseCid } from '@atproto/lex-data'
import { BlockMap, MemoryBlockstore } from '@atproto/repo'
import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

export interface BlockRow {
  readonly cid: string
  readonly bytes: Uint8Array
}

export function toBlocks(rows: readonly BlockRow[]): BlockMap {
  return new BlockMap(rows.map(({ cid, bytes }) => [parseCid(cid), new Uint8Array(bytes)]))
}

/** The blocks of a repository for `@atproto/repo`, loaded from the database on first use. */
export class RepoBlocks extends MemoryBlockstore {
  readonly #db: Database
  readonly #did: string

  constructor(db: Database, { did, head }: { readonly did: string; readonly head: string | null }) {
    super()
    this.#db = db
    this.#did = did
    this.root = head === null ? null : parseCid(head)
  }

  override async getBytes(cid: Cid): Promise<Uint8Array | null> {
    return (await this.getBlocks([cid])).blocks.get(cid) ?? null
  }

  override async getBlocks(cids: Cid[]): Promise<{ blocks: BlockMap; missing: Cid[] }> {
    const { missing } = this.blocks.getMany(cids)
    if (missing.length > 0) {
      const { rows } = await sql<BlockRow>`select cid, bytes from pds.block
        where did = ${this.#did} and cid = any(${missing.map(String)})`.execute(this.#db)
      this.blocks.addMap(toBlocks(rows))
    }
    return this.blocks.getMany(cids)
  }
}

export async function insertBlocks(
  tx: Tx,
  { did, rev, blocks }: { readonly did: string; readonly rev: string; readonly blocks: BlockMap },
): Promise<void> {
  const rows = blocks
    .entries()
    .map(({ cid, bytes }) => sql`(${did}, ${String(cid)}, ${rev}, ${bytes})`)
  // In batches, since a statement can have at most 65,535 parameters.
  while (rows.length > 0) {
    await sql`insert into pds.block values ${sql.join(rows.splice(0, 1_000))}
      on conflict (did, cid) do update set rev = excluded.rev`.execute(tx)
  }
}

/** Removes blocks of former commits, except records that still exist under another key. */
export async function removeBlocks(tx: Tx, did: string, cids: readonly Cid[]): Promise<void> {
  await sql`delete from pds.block where did = ${did} and cid = any(${cids.map(String)})
    and not exists (
      select from pds.record where record.did = block.did and record.cid = block.cid)`.execute(tx)
}

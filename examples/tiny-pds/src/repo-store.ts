import { type Cid, parseCid } from '@atproto/lex-data'
import { BlockMap, type CommitData, ReadableBlockstore, type RepoStorage } from '@atproto/repo'
import { sql } from 'kysely'
import { batches, type Database, type RepoStatus, type Tx } from './database.ts'

/** Thrown when a repository is not what it was when it was read: somebody else was quicker. */
export class RepoHasMoved extends Error {}

/** The state of a repository that a change starts from. */
export interface RepoState {
  readonly did: string
  readonly head: string | null
  readonly rev: string | null
  readonly status: RepoStatus
}

/** The blocks of one repository, as `@atproto/repo` wants to read and write them. */
export class RepoStore extends ReadableBlockstore implements RepoStorage {
  readonly #db: Database | Tx
  readonly #seen: RepoState
  readonly #cache = new BlockMap()

  constructor(db: Database | Tx, seen: RepoState) {
    super()
    this.#db = db
    this.#seen = seen
  }

  async getRoot(): Promise<Cid | null> {
    const { head } = this.#seen
    return head === null ? null : parseCid(head)
  }

  async getBytes(cid: Cid): Promise<Uint8Array | null> {
    return (await this.getBlocks([cid])).blocks.get(cid) ?? null
  }

  async has(cid: Cid): Promise<boolean> {
    return (await this.getBytes(cid)) !== null
  }

  async getBlocks(cids: Cid[]): Promise<{ blocks: BlockMap; missing: Cid[] }> {
    const { missing } = this.#cache.getMany(cids)
    if (missing.length > 0) {
      const rows = await this.#db
        .selectFrom('pds.block')
        .select(['cid', 'bytes'])
        .where('did', '=', this.#seen.did)
        .where('cid', 'in', missing.map(String))
        .execute()
      for (const { cid, bytes } of rows) this.#cache.set(parseCid(cid), new Uint8Array(bytes))
    }
    return this.#cache.getMany(cids)
  }

  async putBlock(cid: Cid, block: Uint8Array, rev: string): Promise<void> {
    await this.putMany(new BlockMap([[cid, block]]), rev)
  }

  async putMany(blocks: BlockMap, rev: string): Promise<void> {
    const { did } = this.#seen
    for (const entries of batches(blocks.entries())) {
      await this.#db
        .insertInto('pds.block')
        .values(entries.map(({ cid, bytes }) => ({ did, cid: String(cid), rev, bytes })))
        .onConflict((conflict) => conflict.columns(['did', 'cid']).doUpdateSet({ rev }))
        .execute()
    }
  }

  /**
   * Moves the head, if the repository is still as it was seen. This one statement decides between writers, and its lock on the row
   * keeps the others out until the transaction ends.
   */
  async updateRoot(cid: Cid, rev: string): Promise<void> {
    const { did, head, status } = this.#seen
    const { numUpdatedRows } = await this.#db
      .updateTable('pds.repo')
      .set({ head: String(cid), rev })
      .where('did', '=', did)
      .where('head', 'is not distinct from', head)
      .where('status', '=', status)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new RepoHasMoved()
  }

  async applyCommit({ cid, rev, newBlocks }: CommitData): Promise<void> {
    await this.updateRoot(cid, rev)
    await this.putMany(newBlocks, rev)
  }

  /** Removes blocks of former commits, except those of records that are still there under another key. */
  async removeBlocks(cids: readonly Cid[]): Promise<void> {
    await sql`
      delete from pds.block where did = ${this.#seen.did} and cid = any(${cids.map(String)})
      and not exists (
        select from pds.record where record.did = block.did and record.cid = block.cid)`.execute(
      this.#db,
    )
  }
}

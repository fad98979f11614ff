import { type Cid, cidForRawBytes } from '@atproto/lex-data'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { sql } from 'kysely'
import { batches, type Database, type Tx } from './database.ts'

/** Where a record is in its repository. */
export interface Path {
  readonly collection: string
  readonly rkey: string
}

/** A record as the index knows it. */
export interface IndexedRecord extends Path {
  readonly cid: string
  readonly blobs: readonly string[]
}

/** Records that a commit writes. */
export interface NewRecords {
  readonly did: string
  readonly rev: string
  readonly records: readonly IndexedRecord[]
}

export function pathOf({ collection, rkey }: Path): string {
  return `${collection}/${rkey}`
}

function isOneOf(paths: readonly Path[]) {
  const collections = paths.map(({ collection }) => collection)
  const rkeys = paths.map(({ rkey }) => rkey)
  return sql<boolean>`(collection, rkey) in (
    select * from unnest(${collections}::text[], ${rkeys}::text[]))`
}

/** The present CIDs of records, by path. */
export async function findCids(db: Database, did: string, paths: readonly Path[]) {
  const query = db.selectFrom('pds.record').select(['collection', 'rkey', 'cid'])
  const rows = await query.where('did', '=', did).where(isOneOf(paths)).execute()
  return new Map(rows.map((row) => [pathOf(row), row.cid]))
}

/**
 * Takes a commit over into the index.
 *
 * @param paths records that it writes or deletes
 * @throws InvalidRequestError `BlobNotFound` for a blob that was not uploaded
 */
export async function changeRecords(tx: Tx, paths: readonly Path[], written: NewRecords) {
  const { did, records } = written
  const removal = tx.deleteFrom('pds.record').where('did', '=', did).where(isOneOf(paths))
  const former = await removal.returning('blobs').execute()
  await insertRecords(tx, written)
  const blobs = records.flatMap((record) => record.blobs)
  const found = await markUsedBlobs(tx, did, [...blobs, ...former.flatMap((row) => row.blobs)])
  const missing = blobs.find((cid) => !found.has(cid))
  if (missing === undefined) return
  throw new InvalidRequestError(`Could not find blob: ${missing}`, 'BlobNotFound')
}

export async function insertRecords(tx: Tx, { did, rev, records }: NewRecords): Promise<void> {
  for (const some of batches(records)) {
    const rows = some.map(({ collection, rkey, cid, blobs }) => {
      return { did, rev, collection, rkey, cid, blobs: [...blobs] }
    })
    await tx.insertInto('pds.record').values(rows).execute()
  }
}

/** Makes blobs permanent that a record refers to, and temporary those that none does any more; gives those that are there. */
export async function markUsedBlobs(tx: Tx, did: string, cids?: readonly string[]) {
  const { rows } = await sql<{ cid: string }>`
    update pds.blob set used_at = now(), is_temporary = not exists (
      select from pds.record where record.did = blob.did and record.blobs @> array[blob.cid])
    where did = ${did} and (${cids ?? null}::text[] is null or cid = any(${cids ?? null}))
    returning cid`.execute(tx)
  return new Set(rows.map(({ cid }) => cid))
}

export interface Upload {
  readonly did: string
  readonly mimeType: string
  readonly bytes: Uint8Array
}

/** Stores a blob: as a temporary one, unless a record refers to it already, as after an import. */
export async function storeBlob(db: Database, { did, mimeType, bytes }: Upload): Promise<Cid> {
  const cid = await cidForRawBytes(bytes)
  await db.transaction().execute(async (tx) => {
    // Whoever uploads clears up what was uploaded a day ago and never used.
    await sql`delete from pds.blob where did = ${did} and is_temporary
      and used_at < now() - interval '1 day'`.execute(tx)
    await tx
      .insertInto('pds.blob')
      .values({ did, cid: String(cid), mime_type: mimeType, bytes, is_temporary: true })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await markUsedBlobs(tx, did, [String(cid)])
  })
  return cid
}

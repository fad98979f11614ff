import { type Cid, cidForRawBytes } from '@atproto/lex-data'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** A record in the index. `blobs` are the CIDs it refers to; a deleted record has no CID. */
export interface IndexedRecord {
  readonly collection: string
  readonly rkey: string
  readonly cid: string | undefined
  readonly blobs: readonly string[]
}

export interface NewRecords {
  readonly did: string
  readonly rev: string
  readonly records: readonly IndexedRecord[]
}

/** SQL condition: true for a row with the path of one of the records. */
export function isOneOf(records: readonly Pick<IndexedRecord, 'collection' | 'rkey'>[]) {
  const collections = records.map(({ collection }) => collection)
  const rkeys = records.map(({ rkey }) => rkey)
  return sql`(collection, rkey) in (
    select * from unnest(${collections}::text[], ${rkeys}::text[]))`
}

/**
 * Applies a commit to the index.
 *
 * @throws InvalidRequestError `BlobNotFound` for a blob that has not been uploaded
 */
export async function changeRecords(tx: Tx, commit: NewRecords): Promise<void> {
  const { did, records } = commit
  const former = await sql<IndexedRecord>`delete from pds.record
    where did = ${did} and ${isOneOf(records)} returning blobs`.execute(tx)
  await insertRecords(tx, commit)
  const used = [...records, ...former.rows].flatMap(({ blobs }) => blobs)
  const found = await sql<{ cid: string }>`update pds.blob set used_at = now()
    where did = ${did} and cid = any(${used}) returning cid`.execute(tx)
  const isHere = new Set(found.rows.map(({ cid }) => cid))
  const missing = records.flatMap(({ blobs }) => blobs).find((cid) => !isHere.has(cid))
  if (missing === undefined) return
  throw new InvalidRequestError(`Could not find blob: ${missing}`, 'BlobNotFound')
}

export async function insertRecords(tx: Tx, { did, rev, records }: NewRecords): Promise<void> {
  const rows = records.map(({ collection, rkey, cid, blobs }) => ({ collection, rkey, cid, blobs }))
  await sql`insert into pds.record select ${did}, collection, rkey, cid, ${rev}, blobs
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as record (collection text, rkey text, cid text, blobs text[])
    where cid is not null`.execute(tx)
}

/** SQL condition: true for a blob that a record refers to. */
export const isUsed = sql`exists (
  select from pds.record where record.did = blob.did and record.blobs @> array[blob.cid])`

export async function storeBlob(
  db: Database,
  { did, mimeType, bytes }: { readonly did: string; mimeType: string; bytes: Uint8Array },
): Promise<Cid> {
  const cid = await cidForRawBytes(bytes)
  // Each upload removes blobs of the account that no record has referred to for a day.
  await sql`delete from pds.blob where did = ${did} and not ${isUsed}
    and used_at < now() - interval '1 day'`.execute(db)
  await sql`insert into pds.blob values (${did}, ${String(cid)}, ${mimeType}, ${bytes})
    on conflict (did, cid) do update set used_at = now()`.execute(db)
  return cid
}

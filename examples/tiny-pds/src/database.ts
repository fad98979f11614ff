import { PGlite } from '@electric-sql/pglite'
import { migrateAccounts } from '@lexwright/account'
import { migrateOAuth } from '@lexwright/oauth'
import * as kysely from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import pg from 'pg'

export type Database = kysely.Kysely<unknown>
export type Tx = kysely.Transaction<unknown>

/** The schema of accounts and OAuth. The PDS does not touch its tables. */
export const ACCOUNT_SCHEMA = 'accounts'

/** Opens PostgreSQL by URL, or PGlite in a folder; in memory without a location. */
export function openDatabase(location?: string): Database {
  if (location === undefined || !/^postgres(ql)?:/.test(location)) {
    const dialect = new kysely.PGliteDialect({ pglite: new PGlite(location) })
    return new kysely.Kysely({ dialect })
  }
  const pool = new pg.Pool({ connectionString: location, max: 20, connectionTimeoutMillis: 5_000 })
  pool.on('error', (error) => console.error('a database connection was lost:', error.message))
  return new kysely.Kysely({ dialect: new kysely.PostgresDialect({ pool }) })
}

/** The tables of the PDS. */
const first = `
create schema pds;
-- The head is the CID of the newest commit, and null until there is a first one.
create table pds.repo (
  did text primary key, handle text not null, head text, rev text,
  deactivated boolean not null default false, taken_down boolean not null default false,
  deleted boolean not null default false,
  status text not null generated always as (case
    when deleted then 'deleted' when taken_down then 'takendown'
    when deactivated then 'deactivated' else 'active' end) stored);
create index on pds.repo (handle);
create table pds.block (
  did text, cid text, rev text not null, bytes bytea not null, primary key (did, cid));
-- The value of a record is a block. Its blobs are the CIDs of those that it refers to.
create table pds.record (
  did text, collection text collate "C", rkey text collate "C", cid text not null,
  rev text not null, blobs text[] not null, primary key (did, collection, rkey));
create index on pds.record (did, cid);
create index on pds.record using gin (blobs);
-- It was used when it was uploaded, and when a record began or ceased to refer to it.
create table pds.blob (
  did text, cid text, mime_type text not null, bytes bytea not null,
  used_at timestamptz not null default now(), primary key (did, cid));
create view pds.stored_record as
  select record.*, bytes, 'at://' || did || '/' || collection || '/' || rkey as uri
  from pds.record join pds.block using (did, cid);
create view pds.blob_reference as
  select record.did, record.rev, uri, used.cid, blob.cid is not null as is_here
  from pds.stored_record as record cross join unnest(blobs) as used (cid)
    left join pds.blob on blob.did = record.did and blob.cid = used.cid;
-- The body is the message as CBOR, without its number, which it gets once its transaction is known to be committed.
create table pds.event (
  id bigint generated always as identity primary key, seq bigint unique, did text not null,
  type text not null, body bytea not null, at timestamptz not null default now());
create index on pds.event (id) where seq is null;
create index on pds.event (did);
-- One row, whose lock is the right to number events.
create table pds.event_sequence (last bigint not null);
insert into pds.event_sequence values (0)`

const migrations: Record<string, Migration> = {
  '001': {
    up: async (db) => {
      for (const statement of first.split(/;\n/)) await kysely.sql.raw(statement).execute(db)
    },
  },
}

export async function migrate(db: Database): Promise<void> {
  await migrateAccounts(db, { schema: ACCOUNT_SCHEMA })
  await migrateOAuth(db, { schema: ACCOUNT_SCHEMA })
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

import { PGlite } from '@electric-sql/pglite'
import { migrateAccounts } from '@lexwright/account'
import * as kysely from 'kysely'
import { type Generated, type GeneratedAlways, Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'

export type RepoStatus = 'active' | 'deactivated' | 'takendown' | 'deleted'

/** The tables of the PDS, in the schema `pds`. Those of the accounts are in a schema of their own. */
export interface Tables {
  'pds.repo': {
    did: string
    handle: string
    /** CID of the newest commit; null until there is a first one. */
    head: string | null
    rev: string | null
    deactivated: Generated<boolean>
    taken_down: Generated<boolean>
    deleted: Generated<boolean>
    status: GeneratedAlways<RepoStatus>
  }
  'pds.block': { did: string; cid: string; rev: string; bytes: Uint8Array }
  /** `blobs` are the CIDs that the record refers to; its value is a block. */
  'pds.record': Record<'did' | 'collection' | 'rkey' | 'cid' | 'rev', string> & { blobs: string[] }
  'pds.blob': {
    did: string
    cid: string
    mime_type: string
    bytes: Uint8Array
    /** True until a record refers to it. */
    is_temporary: boolean
    used_at: Generated<Date>
  }
  'pds.event': {
    id: GeneratedAlways<string>
    /** Its number in the stream; null until its transaction is known to be committed. */
    seq: string | null
    did: string
    type: string
    /** The message without its number, as CBOR. */
    body: Uint8Array
    at: Generated<Date>
  }
  /** One row, whose lock is the right to number events. */
  'pds.event_sequence': { last: string }
}

export type Database = Kysely<Tables>
export type Tx = kysely.Transaction<Tables>

/** The schema of the account module. The PDS does not touch its tables. */
export const ACCOUNT_SCHEMA = 'accounts'

/** A PostgreSQL by its URL; or a folder for the one that comes with the program, in memory when not given. */
export function openDatabase(location?: string): Database {
  if (location === undefined || !/^postgres(ql)?:/.test(location)) {
    return new Kysely({ dialect: new kysely.PGliteDialect({ pglite: new PGlite(location) }) })
  }
  const pool = new pg.Pool({ connectionString: location, max: 20, connectionTimeoutMillis: 5_000 })
  pool.on('error', (error) => console.error('a database connection was lost:', error.message))
  return new Kysely({ dialect: new kysely.PostgresDialect({ pool }) })
}

const first = `
create schema pds;
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
create table pds.record (
  did text, collection text collate "C", rkey text collate "C", cid text not null,
  rev text not null, blobs text[] not null, primary key (did, collection, rkey));
create index on pds.record (did, cid);
create index on pds.record using gin (blobs);
create table pds.blob (
  did text, cid text, mime_type text not null, bytes bytea not null, is_temporary boolean not null,
  used_at timestamptz not null default now(), primary key (did, cid));
create table pds.event (
  id bigint generated always as identity primary key, seq bigint unique, did text not null,
  type text not null, body bytea not null, at timestamptz not null default now());
create index on pds.event (id) where seq is null;
create index on pds.event (did);
create table pds.event_sequence (last bigint not null);
insert into pds.event_sequence values (0)`

const migrations: Record<string, { up(db: Kysely<unknown>): Promise<void> }> = {
  '001': {
    up: async (db) => {
      await migrateAccounts(db, { schema: ACCOUNT_SCHEMA })
      for (const statement of first.split(';')) await sql.raw(statement).execute(db)
    },
  },
}

export async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

/** Rows for one statement after another, none of which has too many parameters. */
export function* batches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += 500) yield rows.slice(at, at + 500)
}

import type { PostgresServer } from '@lexwright/testing/postgres/postgres-server'
import type { Client } from 'pg'
import { createPasswordHasher } from '../../../packages/account/src/crypto/password-hasher.ts'
import { DID, EMAIL, HANDLE, PASSWORD, SESSION_ID } from './people.ts'
import { databaseUrl, openFolder, PEPPER, startService, withClient } from './service.ts'

export interface Filling {
  readonly accounts: number
  /** One in this many sessions has a full history of refresh tokens. */
  readonly historyEvery: number
}

/** Fills the databases missing in a folder. */
export async function fillFolder(folder: string, wanted: readonly Filling[]): Promise<void> {
  const postgres = await openFolder(folder, 'filling')
  try {
    for (const filling of wanted) await fill(postgres, folder, filling)
  } finally {
    await postgres.stop()
  }
}

export function databaseName({ accounts, historyEvery }: Filling): string {
  return `accounts_${accounts}_${historyEvery}`
}

const SCHEMA = 'lexwright_account'
/** Rows per statement, after each of which progress is printed. */
const STEP = 1_000_000
/** Tables that few calls read have rows for one account in ten. */
const RARE_EVERY = 10
/** A refresh token family keeps this many former tokens beside the previous one. */
const HISTORY = 31

/**
 * Signs one account up, empties the tables, and fills them from its rows without indexes, which are built at the end:
 * ten million accounts take about ten minutes. The database gets its name when it is complete.
 */
async function fill(postgres: PostgresServer, folder: string, filling: Filling): Promise<void> {
  const name = databaseName(filling)
  const { rowCount } = await withClient(postgres.url, (admin) =>
    admin.query('select from pg_database where datname = $1', [name]),
  )
  if (rowCount !== 0) return
  const began = performance.now()
  await withClient(postgres.url, async (admin) => {
    await admin.query('drop database if exists filling')
    await admin.query('create database filling')
  })
  const url = databaseUrl(postgres, 'filling')
  await signUpTemplate(folder, url)
  await withClient(url, async (client) => {
    await client.query(`set search_path to ${SCHEMA}`)
    await client.query('begin')
    const rebuild = await dropIndexes(client)
    await keepTemplate(client)
    await insertRows(client, filling)
    for (const statement of rebuild) await timed(statement, () => client.query(statement))
    await client.query('commit')
    await timed('vacuum', () => client.query('vacuum (freeze, analyze)'))
  })
  await withClient(postgres.url, (admin) => admin.query(`alter database filling rename to ${name}`))
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  console.error(`Filled ${name} in ${minutes} minutes.`)
}

async function signUpTemplate(folder: string, url: string): Promise<void> {
  const program = await startService(folder, url, { PDS_PASSWORD_HASH_COST: '4' })
  const response = await fetch(`${program.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      handle: 'template.test',
      email: 'template@example.com',
      password: PASSWORD,
    }),
  })
  if (!response.ok) throw new Error(`The first sign-up failed: ${await response.text()}`)
  await program.signal('SIGTERM')
}

/** Drops every index and key of the schema; returns the statements that restore them, keys to other tables last. */
async function dropIndexes(client: Client): Promise<readonly string[]> {
  const { rows: constraints } = await client.query<Record<'table' | 'name' | 'definition', string>>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where connamespace = '${SCHEMA}'::regnamespace and contype in ('p', 'u', 'f')
     order by contype = 'f'`,
  )
  const { rows: indexes } = await client.query<Record<'name' | 'definition', string>>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index join pg_class on pg_class.oid = indexrelid
     where relnamespace = '${SCHEMA}'::regnamespace
       and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))`,
  )
  for (const { table, name } of constraints.toReversed()) {
    await client.query(`alter table ${table} drop constraint ${name}`)
  }
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  const keys = constraints.map(
    ({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`,
  )
  const isForeign = (statement: string) => statement.includes('FOREIGN KEY')
  return [
    ...keys.filter((key) => !isForeign(key)),
    ...indexes.map(({ definition }) => definition),
    ...keys.filter(isForeign),
  ]
}

const COPIED = ['did_operation', 'did_log', 'signing_key', 'audit_log', 'account_change'] as const

/** Moves the rows of the first account to temporary tables. */
async function keepTemplate(client: Client): Promise<void> {
  for (const table of COPIED) {
    await client.query(
      `create temporary table template_${table} on commit drop as select * from ${table}`,
    )
  }
  await client.query('alter table audit_log disable trigger audit_log_append_only')
  await client.query(`truncate account, session, handle_claim, ${COPIED.join(', ')} cascade`)
  await client.query('alter table audit_log enable trigger audit_log_append_only')
}

async function insertRows(client: Client, { accounts, historyEvery }: Filling): Promise<void> {
  const [cheap, real] = await Promise.all([hashed(4), hashed(12)])
  const age = `interval '1 second' * (94608000 * (${accounts} - n::float8) / ${accounts})`
  const inserts: readonly (readonly [name: string, statement: string])[] = [
    [
      'account',
      `insert into account (did, status, handle, email, email_canonical, password_hash, created_at, activated_at,
         password_changed_at, email_confirmed_at)
       select ${DID}, 'active', ${HANDLE}, ${EMAIL}, ${EMAIL}, case when n % 10 = 1 then '${cheap}' else '${real}' end,
         now() - ${age}, now() - ${age}, now() - ${age}, now() - ${age} from numbers`,
    ],
    [
      'session',
      `insert into session (id, did, epoch, auth_time, created_at, expires_at, refresh_jti, previous_jti, rotated_at,
         older_tokens)
       select ${SESSION_ID}, ${DID}, 0, now(), now(), now() + interval '90 days' - interval '1 second' * (n % 7200),
         substr(md5('jti' || n), 1, 22), substr(md5('previous' || n), 1, 22), now() - interval '1 second' * (n % 7200),
         case when n % ${historyEvery} = 0 then (
           select jsonb_agg(jsonb_build_object('jti', substr(md5(n || ' ' || k), 1, 22), 'at', 1760000000000 + n + k))
           from generate_series(1, ${HISTORY}) k) else '[]' end
       from numbers`,
    ],
    [
      'handle_claim',
      `insert into handle_claim (handle, did, checked_at)
       select ${HANDLE}, ${DID}, case when n % 50 = 7 then now() - interval '1 second' * (n % 86400) end from numbers`,
    ],
    ['did_log', `insert into did_log ${copyOf('did_log', ['position', 'operation'])}`],
    ...[
      copyRare('did_operation', ['operation', 'next_attempt_at'], ['published_at', 'created']),
      copyRare(
        'signing_key',
        ['private_key_sealed', 'created_at', 'activated_at'],
        ['public_key', `left(public_key, -8) || lpad(n::text, 8, '0')`],
      ),
      copyRare('audit_log', ['event', 'actor', 'detail'], ['at', 'created']),
      copyRare(
        'account_change',
        ['kind', 'detail'],
        ['at', `now() - interval '60 days' * random()`],
      ),
    ],
  ]
  for (const [name, statement] of inserts) {
    await timed(name, async () => {
      for (let from = 1; from <= accounts; from += STEP) {
        const to = Math.min(accounts, from + STEP - 1)
        progress(name, to / accounts)
        await client.query(
          `with numbers as (select n, now() - ${age} as created from generate_series(${from}, ${to}) n) ${statement}`,
        )
      }
    })
  }
  await client.query(
    `update account_change set seq = fresh.seq from (select id, row_number() over (order by at, id) as seq from account_change) fresh
     where account_change.id = fresh.id`,
  )
  await client.query('update change_sequence set last = (select count(*) from account_change)')
}

function copyOf(table: string, columns: readonly string[], where = ''): string {
  const names = columns.join(', ')
  return `(did, ${names}) select ${DID}, ${names} from numbers, template_${table} ${where}`
}

/** Copies rows for one account in ten; one column is computed. */
function copyRare(
  table: (typeof COPIED)[number],
  columns: readonly string[],
  [computed, value]: readonly [column: string, value: string],
): readonly [name: string, statement: string] {
  const names = columns.map((column) => `template_${table}.${column}`)
  return [
    table,
    `insert into ${table} (did, ${computed}, ${columns.join(', ')})
     select ${DID}, ${value}, ${names.join(', ')} from numbers, template_${table} where n % ${RARE_EVERY} = 0`,
  ]
}

async function hashed(cost: number): Promise<string> {
  const hasher = createPasswordHasher({ pepper: PEPPER, cost, threads: 1 })
  const value = await hasher.hash(PASSWORD, null)
  await hasher.close()
  return value
}

/** Prints the duration of a step. */
async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  if (process.stderr.isTTY) process.stderr.write('\r')
  if (seconds > 1) console.error(`${seconds.toFixed(1).padStart(7)} s  ${name}`)
}

function progress(name: string, share: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r${String(Math.floor(share * 100)).padStart(7)} %  ${name}`)
}

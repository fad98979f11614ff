import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type PostgresServer, startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import pg from 'pg'

/** Fixed, so that a kept database can be used again; it holds nothing but generated accounts. */
export const JWT_SECRET = 'signs the tokens of benchmarks only'
export const PEPPER = 'is mixed into passwords of benchmarks only'
const SECRETS = {
  PDS_JWT_SECRET: JWT_SECRET,
  PDS_PASSWORD_PEPPER: PEPPER,
  PDS_KEY_ENCRYPTION_KEY_HEX: '11'.repeat(32),
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: '22'.repeat(32),
}

/** A quarter of the memory of a small machine; the page cache of the system holds the rest. */
const MEMORY = { shared_buffers: '2GB', effective_cache_size: '8GB', max_wal_size: '2GB' }
/** With minimal WAL, tables filled in the transaction that emptied them are not logged. */
const FILLING = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  maintenance_work_mem: '1GB',
  checkpoint_timeout: '1h',
}

/** Opens PostgreSQL on a folder that is kept. */
export async function openFolder(
  folder: string,
  purpose: 'filling' | 'measuring',
): Promise<PostgresServer> {
  await mkdir(folder, { recursive: true })
  return await startPostgres({
    directory: join(resolve(folder), 'postgres'),
    durable: purpose === 'measuring',
    settings: purpose === 'filling' ? { ...MEMORY, ...FILLING } : MEMORY,
  })
}

export function databaseUrl(server: PostgresServer, name: string): string {
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

/** Starts the real program with its default settings, unless given others. */
export async function startService(
  folder: string,
  url: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const dataDirectory = join(resolve(folder), 'data')
  await mkdir(dataDirectory, { recursive: true })
  await withClient(url, postponeChecks)
  const program = await startProgram({
    dataDirectory,
    isOptimized: true,
    env: {
      ...SECRETS,
      PDS_DB_POSTGRES_URL: url,
      PDS_LOG_LEVEL: 'warn',
      ...settings,
    },
  })
  await withClient(url, untilQuiet)
  return program
}

/** The handles of other domains do not resolve, so none may be due for a check. */
async function postponeChecks(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `select from pg_tables where schemaname = 'lexwright_account' and tablename = 'handle_claim'`,
  )
  if (rows.length === 0) return
  await client.query(
    `update lexwright_account.handle_claim set checked_at = now() + interval '30 days'
     where checked_at < now() + interval '1 day'`,
  )
}

const QUIET_SECONDS = 4

/** After its start the program reads all handles once, page by page. */
async function untilQuiet(client: pg.Client): Promise<void> {
  for (let quiet = 0; quiet < QUIET_SECONDS; ) {
    await delay(1000)
    const { rowCount } = await client.query(
      `select from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
         and backend_type = 'client backend'`,
    )
    quiet = rowCount === 0 ? quiet + 1 : 0
  }
}

export async function withClient<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

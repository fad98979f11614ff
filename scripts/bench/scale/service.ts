import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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
  return await startProgram({
    dataDirectory,
    isOptimized: true,
    env: {
      ...SECRETS,
      PDS_DB_POSTGRES_URL: url,
      PDS_LOG_LEVEL: 'warn',
      ...settings,
    },
  })
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

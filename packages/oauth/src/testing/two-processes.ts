import { createPostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type OAuthService, type OAuthServiceOptions, openOAuthService } from './service.ts'

/** Two processes with separate pools on one PostgreSQL. */
export interface TwoProcesses {
  readonly service: OAuthService
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

export async function openTwoProcesses(
  options: Omit<OAuthServiceOptions, 'db' | 'processes'> = {},
): Promise<TwoProcesses> {
  const database = await createPostgresDatabase()
  const dbs = [1, 2].map(() => {
    const pool = new pg.Pool({ connectionString: database.url, max: 10 })
    // Errors of connections that a test cuts off.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  })
  const [first, second] = dbs
  if (first === undefined || second === undefined) throw new Error('There are two')
  const service = await openOAuthService({
    ...options,
    processes: 2,
    db: (process) => (process === 0 ? first : second),
  })
  return {
    service,
    db: first,
    close: async () => {
      await service.close()
      await Promise.all(dbs.map((db) => db.destroy()))
      await database.drop()
    },
  }
}

import {
  createAccountDatabase,
  openAccountDatabase,
} from '@lexwright/testing/accounts/account-databases'
import type { Kysely } from 'kysely'
import { openPostgres } from '../../../server/src/database/postgres.ts'
import { type OAuthService, type OAuthServiceOptions, openOAuthService } from './service.ts'

/** Processes on one database. */
export interface Processes {
  readonly service: OAuthService
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

type Options = Omit<OAuthServiceOptions, 'db' | 'processes'>

/** Opens two processes, each with a pool like the program's, on one PostgreSQL. */
export async function openTwoProcesses(options: Options = {}): Promise<Processes> {
  const database = await createAccountDatabase()
  const open = () =>
    openPostgres({
      url: database.url,
      poolSize: 10,
      preparedStatements: 'true',
      connectTimeoutMs: 60_000,
      queryTimeoutMs: 60_000,
      logger: { warn: () => {} },
    })
  const [first, second] = [await open(), await open()]
  const service = await openOAuthService({
    ...options,
    processes: 2,
    db: (process) => (process === 0 ? first.db : second.db),
  })
  return {
    service,
    db: first.db,
    close: async () => {
      await service.close()
      await Promise.all([first.close(), second.close()])
      await database.drop()
    },
  }
}

/**
 * Opens two processes, or with TEST_DATABASE=pglite one on PGlite, for tests that need only one:
 * `npm run test:long pglite` runs every suite that way.
 */
export async function openProcesses(options: Options = {}): Promise<Processes> {
  if (process.env.TEST_DATABASE !== 'pglite') return openTwoProcesses(options)
  const database = await openAccountDatabase()
  const service = await openOAuthService({ ...options, db: () => database.db })
  return {
    service,
    db: database.db,
    close: async () => {
      await service.close()
      await database.close()
    },
  }
}

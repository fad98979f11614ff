import type { Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import type { Migration } from './migrations.ts'
import { checkSchema, DEFAULT_SCHEMA } from './schema-name.ts'

export interface StepsOptions {
  readonly schema?: string
  readonly steps: readonly Migration[]
}

/**
 * Applies the pending migrations of a package, as `migrateAccounts` does for the module, over any
 * connection.
 */
export function migrateSteps<HostTables>(
  db: Kysely<HostTables>,
  { schema = DEFAULT_SCHEMA, steps }: StepsOptions,
): Promise<readonly string[]> {
  return openDatabase(db, checkSchema(schema)).migrate(new Date(), steps)
}

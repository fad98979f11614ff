import { migrateSteps } from '@lexwright/account/extension'
import type { Kysely } from 'kysely'
import { entrywayMigrations } from './migrations.ts'

/**
 * Brings the tables of the entryway up to date without creating one: for a deployment step, or over a separate
 * connection. Must follow `migrateAccounts`.
 *
 * @returns the names of the applied migrations.
 */
export function migrateEntryway<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return migrateSteps(db, { ...options, steps: entrywayMigrations })
}

import { migrateSteps } from '@lexwright/account/extension'
import type { Kysely } from 'kysely'
import { entrywayMigrations } from './migrations.ts'

/**
 * Brings the tables of the entryway up to date, for a deployment step, or over a connection of its own. Comes after
 * `migrateAccounts`.
 *
 * @returns the names of the steps it took.
 */
export function migrateEntryway<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return migrateSteps(db, { ...options, steps: entrywayMigrations })
}

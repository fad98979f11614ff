import { migrateSteps } from '@lexwright/account/extension'
import type { Kysely } from 'kysely'
import { oauthMigrations } from './migrations.ts'

/**
 * Brings the tables of the authorization server up to date, as its `migrate` does, without one: for a deployment step, or over a
 * connection of its own. Comes after `migrateAccounts`.
 *
 * @returns the names of the steps it took.
 */
export function migrateOAuth<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return migrateSteps(db, { ...options, steps: oauthMigrations })
}

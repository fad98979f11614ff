import { migrateSteps, type Queries } from '@lexwright/account/extension'
import type { Kysely } from 'kysely'
import { oauthMigrations } from './migrations.ts'

/**
 * Brings the tables of the authorization server up to date without creating one: for a deployment
 * step, or over a separate connection. Must follow `migrateAccounts`.
 *
 * @returns the names of the applied migrations.
 */
export function migrateOAuth<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return migrateSteps(db, { ...options, steps: oauthMigrations })
}

/** True if the tables exist, perhaps in the form of a former release. */
export async function hasTables(queries: Queries): Promise<boolean> {
  // The account module records the migrations of all packages.
  const applied = await (queries as unknown as Kysely<{ migration: { name: string } }>)
    .selectFrom('migration')
    .select('name')
    .execute()
  return applied.some(({ name }) => name === oauthMigrations[0]?.name)
}

/**
 * Writes `packages/account/src/db/schema.txt`, the committed description of the account module's
 * tables. Run it after adding a migration, and review the diff:
 *
 *     node --conditions=@lexwright/source packages/testing/src/accounts/write-account-schema.ts
 */
import { writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { migrateSchema } from '../../../account/src/db/migrate.ts'
import { describeSchema } from '../postgres/describe-schema.ts'

const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) })
await migrateSchema(db, { schema: 'lexwright_account', now: new Date() })
await writeFile(
  new URL('../../../account/src/db/schema.txt', import.meta.url),
  await describeSchema(db, 'lexwright_account'),
)
await db.destroy()

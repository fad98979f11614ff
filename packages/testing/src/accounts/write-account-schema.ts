/**
 * Writes `packages/account/src/db/schema.txt` and `packages/oauth/src/store/schema.txt`, the committed descriptions of the tables
 * of both modules. Run it after adding a migration, and review the diff:
 *
 *     node --conditions=@lexwright/source packages/testing/src/accounts/write-account-schema.ts
 */
import { writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { migrateSchema } from '../../../account/src/db/migrate.ts'
import { migrateOAuth } from '../../../oauth/src/store/migrate.ts'
import { describeSchema } from '../postgres/describe-schema.ts'

const schema = 'lexwright_account'
const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) })
await migrateSchema(db, { schema, now: new Date() })
await writeFile(
  new URL('../../../account/src/db/schema.txt', import.meta.url),
  await describeSchema(db, schema),
)
await migrateOAuth(db, { schema })
await writeFile(
  new URL('../../../oauth/src/store/schema.txt', import.meta.url),
  await describeSchema(db, schema, 'oauth_'),
)
await db.destroy()

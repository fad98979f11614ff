import { type Kysely, sql } from 'kysely'

/** Every table of the first release; `../tables.ts` documents the columns. */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await createRequests(db)
  await createTokens(db)
  await createDevices(db)
  await createClients(db)
  await sql`create unlogged table ${sql.id(schema, 'oauth_replay')} (
    hash text primary key,
    expires_at timestamptz not null
  )`.execute(db)
  await db.schema
    .createIndex('oauth_replay_expires_at_index')
    .on('oauth_replay')
    .column('expires_at')
    .execute()
}

async function createRequests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oauth_request')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('client_auth', 'text')
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text')
    .addColumn('did', 'text', (column) => column.references('account.did').onDelete('cascade'))
    .addColumn('epoch', 'integer')
    .addColumn('code_hash', 'text')
    .addColumn('uses', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addUniqueConstraint('oauth_request_code_hash_key', ['code_hash'])
    .addCheckConstraint(
      'oauth_request_consent_check',
      sql`(code_hash is null) = (did is null) and (did is null) = (epoch is null)`,
    )
    .execute()
  await db.schema
    .createIndex('oauth_request_expires_at_index')
    .on('oauth_request')
    .column('expires_at')
    .execute()
  await db.schema
    .createIndex('oauth_request_did_index')
    .on('oauth_request')
    .column('did')
    .where(sql.ref('did'), 'is not', null)
    .execute()
}

async function createTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oauth_token')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('token_id', 'text', (column) => column.notNull())
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('device_id', 'text')
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('client_auth', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('code_hash', 'text')
    .addColumn('refresh_hash', 'text')
    .addColumn('previous_refresh_hash', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addUniqueConstraint('oauth_token_token_id_key', ['token_id'])
    .addUniqueConstraint('oauth_token_code_hash_key', ['code_hash'])
    .addUniqueConstraint('oauth_token_refresh_hash_key', ['refresh_hash'])
    .execute()
  for (const column of ['did', 'updated_at']) {
    await db.schema
      .createIndex(`oauth_token_${column}_index`)
      .on('oauth_token')
      .column(column)
      .execute()
  }
  await db.schema
    .createTable('oauth_used_refresh_token')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('token', 'bigint', (column) =>
      column.notNull().references('oauth_token.id').onDelete('cascade'),
    )
    .addColumn('used_at', 'timestamptz', (column) => column.notNull())
    .execute()
  for (const column of ['token', 'used_at']) {
    await db.schema
      .createIndex(`oauth_used_refresh_token_${column}_index`)
      .on('oauth_used_refresh_token')
      .column(column)
      .execute()
  }
}

async function createDevices(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oauth_device')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('user_agent', 'text')
    .addColumn('ip_address', 'text', (column) => column.notNull())
    .addColumn('last_seen_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('oauth_device_last_seen_at_index')
    .on('oauth_device')
    .column('last_seen_at')
    .execute()
  await createOfDevice(db, 'oauth_device_account', ['created_at', 'updated_at'])
  await createOfDevice(db, 'oauth_sign_in', ['at'])
}

async function createOfDevice(
  db: Kysely<unknown>,
  table: string,
  times: readonly string[],
): Promise<void> {
  let builder = db.schema
    .createTable(table)
    .addColumn('device_id', 'text', (column) =>
      column.notNull().references('oauth_device.id').onDelete('cascade'),
    )
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('epoch', 'integer', (column) => column.notNull())
  for (const time of times) {
    builder = builder.addColumn(time, 'timestamptz', (column) => column.notNull())
  }
  await builder.addPrimaryKeyConstraint(`${table}_pkey`, ['device_id', 'did']).execute()
  await db.schema.createIndex(`${table}_did_index`).on(table).column('did').execute()
}

async function createClients(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oauth_authorized_client')
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('scopes', sql`text[]`, (column) => column.notNull())
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('oauth_authorized_client_pkey', ['did', 'client_id'])
    .execute()
  await db.schema
    .createTable('oauth_lexicon')
    .addColumn('nsid', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
    .addColumn('last_succeeded_at', 'timestamptz')
    .addColumn('uri', 'text')
    .addColumn('lexicon', 'text')
    .execute()
}

import { type Kysely, sql } from 'kysely'

/** Every table of the first release; `../tables.ts` documents the columns. */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await createInvites(db)
  await createAccounts(db)
  await createKeysAndOperations(db)
  await createSessions(db)
  await createOutbox(db)
  await createAuditLog(db, schema)
}

async function createInvites(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('invite_code')
    .addColumn('code', 'text', (column) => column.primaryKey())
    .addColumn('uses_granted', 'integer', (column) => column.notNull())
    .addColumn('uses_left', 'integer', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('disabled_at', 'timestamptz')
    .addCheckConstraint(
      'invite_code_uses_check',
      sql`uses_granted > 0 and uses_left between 0 and uses_granted`,
    )
    .execute()
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('account')
    .addColumn('did', 'text', (column) => column.primaryKey())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('handle', 'text')
    .addColumn('email', 'text')
    .addColumn('email_canonical', 'text')
    .addColumn('password_hash', 'text')
    .addColumn('recovery_key', 'text')
    .addColumn('invite_code', 'text', (column) => column.references('invite_code.code'))
    .addColumn('session_epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('activated_at', 'timestamptz')
    .addColumn('password_changed_at', 'timestamptz', (column) => column.notNull())
    .addColumn('deleted_at', 'timestamptz')
    .addColumn('purge_after', 'timestamptz')
    .addColumn('purged_at', 'timestamptz')
    .addUniqueConstraint('account_handle_key', ['handle'])
    .addUniqueConstraint('account_email_canonical_key', ['email_canonical'])
    .addCheckConstraint(
      'account_status_check',
      sql`status in ('pending', 'active', 'disabled', 'deleted')`,
    )
    .addCheckConstraint('account_handle_check', sql`handle = lower(handle)`)
    .addCheckConstraint(
      'account_deleted_check',
      sql`(status = 'deleted') = (deleted_at is not null) and (status = 'deleted') = (purge_after is not null)`,
    )
    .addCheckConstraint(
      'account_personal_check',
      sql`case when purged_at is null
        then handle is not null and email is not null and email_canonical is not null and password_hash is not null
        else status = 'deleted' and email is null and email_canonical is null and password_hash is null and recovery_key is null
      end`,
    )
    .execute()
  await db.schema
    .createIndex('account_invite_code_index')
    .on('account')
    .column('invite_code')
    .where(sql.ref('invite_code'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('account_pending_index')
    .on('account')
    .column('created_at')
    .where(sql<boolean>`status = 'pending'`)
    .execute()
  await db.schema
    .createIndex('account_unpurged_index')
    .on('account')
    .column('purge_after')
    .where(sql<boolean>`status = 'deleted' and purged_at is null`)
    .execute()
}

async function createKeysAndOperations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('signing_key')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('account.did').onDelete('cascade'),
    )
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('private_key_sealed', 'bytea', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('did_operation')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('account.did').onDelete('cascade'),
    )
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('published_at', 'timestamptz')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'timestamptz', (column) => column.notNull())
    .addColumn('last_error', 'text')
    .execute()
  await db.schema
    .createIndex('did_operation_unpublished_index')
    .on('did_operation')
    .column('next_attempt_at')
    .where(sql.ref('published_at'), 'is', null)
    .execute()
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('session')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('auth_time', 'timestamptz', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addColumn('refresh_jti', 'text', (column) => column.notNull())
    .addColumn('previous_jti', 'text')
    .addColumn('rotated_at', 'timestamptz', (column) => column.notNull())
    .addColumn('revoked_at', 'timestamptz')
    .addColumn('revoked_reason', 'text')
    .addCheckConstraint(
      'session_revoked_check',
      sql`(revoked_at is null) = (revoked_reason is null)`,
    )
    .execute()
  await db.schema.createIndex('session_did_index').on('session').column('did').execute()
  await db.schema
    .createIndex('session_expires_at_index')
    .on('session')
    .column('expires_at')
    .execute()
  await db.schema
    .createTable('reset_token')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('account.did').onDelete('cascade'),
    )
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addUniqueConstraint('reset_token_token_hash_key', ['token_hash'])
    .execute()
}

/**
 * No foreign key to `account`: checking one would cost a query for known addresses only, a timing
 * difference.
 */
async function createOutbox(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('did', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('run_after', 'timestamptz', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('last_error', 'text')
    .addColumn('failed_at', 'timestamptz')
    .execute()
  await db.schema
    .createIndex('outbox_due_index')
    .on('outbox')
    .column('run_after')
    .where(sql.ref('failed_at'), 'is', null)
    .execute()
  await db.schema.createIndex('outbox_did_index').on('outbox').column('did').execute()
  // At most one reset mail is pending, however often it is requested.
  await db.schema
    .createIndex('outbox_password_reset_key')
    .unique()
    .on('outbox')
    .column('did')
    .where(sql<boolean>`kind = 'password-reset' and failed_at is null`)
    .execute()
}

async function createAuditLog(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .createTable('audit_log')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('at', 'timestamptz', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('did', 'text')
    .addColumn('detail', 'jsonb', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('audit_log_did_index').on('audit_log').column('did').execute()
  const refuse = sql.id(schema, 'refuse_audit_log_change')
  await sql`
    create function ${refuse}() returns trigger language plpgsql as
    $$ begin raise exception 'audit_log is append-only'; end $$`.execute(db)
  await sql`
    create trigger audit_log_append_only before update or delete or truncate on ${sql.id(schema, 'audit_log')}
    for each statement execute function ${refuse}()`.execute(db)
}

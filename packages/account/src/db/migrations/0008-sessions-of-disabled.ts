import { type Kysely, sql } from 'kysely'

/**
 * Ends the sessions of disabled accounts, as disabling now does; otherwise they would return when
 * the account is enabled. Deleted accounts have none.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await sql`
    update ${sql.id(schema, 'session')} session
    set revoked_at = now(), revoked_reason = 'account-disabled'
    from ${sql.id(schema, 'account')} account
    where account.did = session.did and account.status = 'disabled'
      and session.revoked_at is null`.execute(db)
}

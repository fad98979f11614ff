import { createHmac, hash, randomBytes } from 'node:crypto'
import { migrateAccounts } from '@lexwright/account'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { createTokenSigner } from '../../../packages/account/src/crypto/tokens.ts'

export const SERVICE_DID = 'did:web:localhost'
export const JWT_SECRET: string = randomBytes(32).toString('hex')
/** As the program names it. */
export const JWT_KID: string = createHmac('sha256', JWT_SECRET)
  .update('kid')
  .digest('hex')
  .slice(0, 8)

/** A database with so many accounts, each with a session. */
export interface SeededDatabase {
  readonly url: string
  readonly accounts: number
  /** Access tokens of accounts all over the table. */
  readonly tokens: readonly string[]
}

const TOKENS = 1_000

/** Fills a new database of a server. Rows are made by the server itself, so a million take a minute. */
export async function seed(serverUrl: string, accounts: number): Promise<SeededDatabase> {
  const name = `accounts_${accounts}`
  await execute(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url.href, max: 1 }) }),
  })
  await migrateAccounts(db)
  await sql`
    insert into lexwright_account.account
      (did, status, handle, email, email_canonical, password_hash, created_at, activated_at, password_changed_at)
    select ${sql.raw(DID)}, 'active', 'seed' || n || '.test', 'seed' || n || '@example.com', 'seed' || n || '@example.com',
      '$2b$12$' || repeat('x', 53), now(), now(), now()
    from generate_series(1, ${sql.raw(String(accounts))}) n`.execute(db)
  await sql`
    insert into lexwright_account.session
      (id, did, epoch, auth_time, created_at, expires_at, refresh_jti, rotated_at)
    select ${sql.raw(SESSION_ID)}, ${sql.raw(DID)}, 0, now(), now(), now() + interval '90 days', 'jti' || n, now()
    from generate_series(1, ${sql.raw(String(accounts))}) n`.execute(db)
  await sql`vacuum analyze`.execute(db)
  await db.destroy()
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, (_, n) => tokenOf(1 + Math.floor((n * accounts) / TOKENS))),
  )
  return { url: url.href, accounts, tokens }
}

/** In the order of no index. */
const DID = `'did:plc:' || substr(md5(n::text), 1, 24)`
const SESSION_ID = `substr(md5('session' || n), 1, 22)`

const signer = createTokenSigner({
  keys: [{ kid: JWT_KID, secret: JWT_SECRET }],
  issuer: SERVICE_DID,
  audience: SERVICE_DID,
  accessTtlSeconds: 24 * 3600,
  refreshTtlSeconds: 24 * 3600,
  sessionTtlSeconds: 24 * 3600,
  clock: { now: () => new Date() },
})

async function tokenOf(n: number): Promise<string> {
  const md5 = (text: string) => hash('md5', text)
  return await signer.signAccess({
    did: `did:plc:${md5(String(n)).slice(0, 24)}`,
    sessionId: md5(`session${n}`).slice(0, 22),
    epoch: 0,
    authTime: new Date(),
    jti: `jti${n}`,
  })
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

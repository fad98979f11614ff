import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Secp256k1Keypair } from '@atproto/crypto'
import type { AccountModule, MailMessage } from '@lexwright/account'
import { AtpBaseClient } from '@lexwright/generated/client'
import { HandleNotAvailableError } from '@lexwright/generated/types/com/atproto/account/create'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { type HostTables, migrate, openDatabase } from './database.ts'
import { type Postgres, startPostgres } from './testing/postgres.ts'

const password = 'correct horse battery staple'
const mails: MailMessage[] = []
let postgres: Postgres
let db: Kysely<HostTables>
let accounts: AccountModule
let origin: string
let stop: () => Promise<void>

before(async () => {
  postgres = await startPostgres()
  db = openDatabase(postgres.url)
  accounts = createAccounts(db, {
    mailer: { send: async (mail) => void mails.push(mail) },
    secrets: {
      jwtKeys: [{ kid: '1', secret: randomBytes(32).toString('hex') }],
      passwordPepper: randomBytes(32),
      tokenHmacKey: randomBytes(32),
      keyEncryptionKey: randomBytes(32),
      plcRotationKey: await Secp256k1Keypair.create(),
    },
    policy: {
      serviceDid: 'did:web:pds.example.com',
      publicUrl: 'https://pds.example.com',
      handleDomains: ['.example.com'],
      bcryptCost: 4, // Tests only: far too low to protect real passwords.
      deletionGrace: 0,
    },
  })
  await migrate(db)
  const http = createApp(db, accounts).listen(0, '127.0.0.1')
  await once(http, 'listening')
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  stop = async () => {
    http.closeAllConnections()
    http.close()
    await accounts.stop()
    await db.destroy()
    await postgres.stop()
  }
})
after(() => stop())

const client = () => new AtpBaseClient(origin).com.atproto
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function signUp(name: string) {
  const handle = `${name}.example.com`
  const { data } = await client().account.create({ handle, email: `${name}@mail.test`, password })
  return data
}

async function call(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${origin}/xrpc/${path}`, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const setStatus = (text: string, headers: Record<string, string>) =>
  call('com.example.status.set', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ text }),
  })

describe('migrations', () => {
  test('leave the module nothing to do, and create nothing outside its schema', async () => {
    assert.deepEqual(await accounts.migrate(), [])
    const pool = new pg.Client({ connectionString: postgres.url })
    await pool.connect()
    const { rows } = await pool.query(
      `select schemaname, count(*)::int from pg_tables where schemaname !~ '^(pg_|information_schema)' group by 1 order by 1`,
    )
    await pool.end()
    const counts = Object.fromEntries(rows.map(({ schemaname, count }) => [schemaname, count]))
    assert.deepEqual(Object.keys(counts), ['accounts', 'pds', 'public'])
    // Kysely's own record of the host's migrations.
    assert.deepEqual([counts.pds, counts.public], [2, 2])
  })
})

describe('the application', () => {
  test('serves its own pages, its own methods, and those of the module', async () => {
    assert.equal(await (await fetch(origin)).text(), 'A PDS of its own')
    const own = await call('com.example.status.get?did=did:plc:abcdefghijklmnopqrstuvwx')
    assert.deepEqual(own, {
      status: 400,
      body: { error: 'NoStatus', message: 'There is no status' },
    })
    const config = await call('com.atproto.server.getAccountsConfig')
    assert.equal(config.status, 200)
  })

  test('lets only the owner of an account call its methods', async () => {
    const { did, accessJwt, refreshJwt } = await signUp('alice')
    assert.equal((await setStatus('hiking', bearer(accessJwt))).status, 200)
    assert.deepEqual(await call(`com.example.status.get?did=${did}`), {
      status: 200,
      body: { did, text: 'hiking' },
    })
    assert.deepEqual(
      [
        await setStatus('hacked', {}),
        await setStatus('hacked', bearer('nonsense')),
        await setStatus('hacked', bearer(refreshJwt)),
      ].map(({ status, body }) => [status, (body as { error: string }).error]),
      [
        [401, 'AuthMissing'],
        [400, 'InvalidToken'],
        [400, 'InvalidToken'],
      ],
    )
  })
})

describe('hooks', () => {
  const repos = () => db.selectFrom('pds.repo').select(['handle', 'deletedAt']).orderBy('handle')

  test('write a row of the host with each account', async () => {
    await signUp('bob')
    const rows = await repos().where('handle', '=', 'bob.example.com').execute()
    assert.deepEqual(rows, [{ handle: 'bob.example.com', deletedAt: null }])
    await assert.rejects(signUp('bob'), HandleNotAvailableError)
    assert.equal((await repos().where('handle', '=', 'bob.example.com').execute()).length, 1)
  })

  test('that fail leave neither a row nor an account', async () => {
    await db.schema
      .alterTable('pds.repo')
      .addCheckConstraint('no_carol', sql`handle not like 'carol.%'`)
      .execute()
    await assert.rejects(signUp('carol'), { status: 500 })
    await db.schema.alterTable('pds.repo').dropConstraint('no_carol').execute()
    const login = client().session.create({ handle: 'carol.example.com', password })
    await assert.rejects(login, { status: 401 })
    assert.equal((await repos().where('handle', '=', 'carol.example.com').execute()).length, 0)
  })

  test('follow an account until it is purged', async () => {
    const { did, accessJwt } = await signUp('dave')
    await setStatus('leaving', bearer(accessJwt))
    await client().account.delete(undefined, { headers: bearer(accessJwt) })

    const [repo] = await repos().where('did', '=', did).execute()
    assert.ok(repo?.deletedAt instanceof Date)
    assert.equal((await call(`com.example.status.get?did=${did}`)).status, 400)
    assert.equal((await setStatus('still here?', bearer(accessJwt))).status, 400)

    // The work of `accounts.start()` in the background: sends the notice, then purges the rest.
    await accounts.runDueJobs()
    await accounts.runDueJobs()
    assert.deepEqual(
      mails.map(({ to }) => to),
      ['dave@mail.test'],
    )
    assert.deepEqual(await repos().where('did', '=', did).execute(), [])
    assert.deepEqual(
      await db.selectFrom('pds.status').select('text').where('did', '=', did).execute(),
      [],
    )
  })
})

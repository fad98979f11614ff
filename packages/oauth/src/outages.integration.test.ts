import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createTestApp, type TestApp } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'

const GET_SESSION = 'com.atproto.server.getSession'

/** A connection to a database that can be cut. */
class Line {
  #server: Server | undefined
  #port = 0
  readonly #target: number
  readonly #sockets = new Set<Socket>()

  constructor(target: number) {
    this.#target = target
  }

  async open(): Promise<number> {
    const server = createServer((client) => {
      const upstream = connect(this.#target, '127.0.0.1')
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.once('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
      }
      client.pipe(upstream).pipe(client)
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this.#port
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

describe('while the database is away', () => {
  let database: PostgresDatabase
  let line: Line
  let db: Kysely<unknown>
  let admin: pg.Client
  let service: OAuthService
  let app: TestApp
  const account = { username: 'alice.test', password: PASSWORD }

  beforeAll(async () => {
    database = await createAccountDatabase()
    admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    const url = new URL(database.url)
    line = new Line(Number(url.port))
    url.port = String(await line.open())
    const pool = new pg.Pool({ connectionString: url.href, max: 4 })
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    service = await openOAuthService({ db: () => db })
    app = await createTestApp(service.origin)
    await service.create('alice')
  })
  afterAll(async () => {
    await service.close()
    await db.destroy()
    await line.cut()
    await admin.end()
    await database.drop()
  })

  it('every request gets 503, and every session continues afterwards', async () => {
    const tokens = await app.logIn(account)
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    const pending = await app.pushRequest()
    const browser = createTestBrowser(service.origin)
    await browser.open(pending.path)
    const { account: owner, ephemeralToken } = (
      await browser.call('/sign-in', { locale: 'en', ...account })
    ).body

    await line.cut()
    for (const answer of [
      await app.call(GET_SESSION, tokens),
      await app.refresh(tokens.refresh_token),
      await app.exchange(pending, `cod-${'0'.repeat(64)}`),
    ]) {
      expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable'])
    }
    await expect(app.pushRequest()).rejects.toThrow('503')
    const consent = await browser.call('/consent', { did: owner.did }, ephemeralToken)
    expect(consent.status).toBe(503)

    await line.open()
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    const consented = await browser.call('/consent', { did: owner.did }, ephemeralToken)
    expect(new URL(consented.body.url).searchParams.has('code')).toBe(true)
    const { status, body } = await app.refresh(tokens.refresh_token)
    expect(status).toBe(200)
    expect((await app.call(GET_SESSION, body)).status).toBe(200)
  })

  it('connections broken mid-statement end no session', async () => {
    let { refresh_token: token } = await app.logIn(account)
    let isBreaking = true
    const breaking = (async () => {
      while (isBreaking) {
        await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`)
      }
    })()
    const seen = new Set<number>()
    for (let done = 0; done < 15; ) {
      const { status, body } = await app.refresh(token)
      seen.add(status)
      expect([200, 503]).toContain(status)
      if (status === 200) {
        token = body.refresh_token
        done++
      } else {
        // Simulates a later retry of the client without waiting.
        await admin.query(`update lexwright_account.oauth_used_refresh_token
          set used_at = used_at - interval '5 s'`)
      }
    }
    isBreaking = false
    await breaking
    const { status, body } = await app.refresh(token)
    expect(status).toBe(200)
    expect((await app.call(GET_SESSION, body)).status).toBe(200)
    expect(seen).toContain(200)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import { freePort } from '@lexwright/testing/network/free-port'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { countPrepared } from '@lexwright/testing/postgres/prepared-statements'
import { type Program, startProgram } from '@lexwright/testing/programs/program'
import { simpleParser } from 'mailparser'
import pg from 'pg'

/** Paths used by Debian's package and others. */
const pgbouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(
  (path) => existsSync(path),
)
if (pgbouncer === undefined) {
  process.stderr.write(
    'pgbouncer.network.test.ts: PgBouncer is not installed; its tests are skipped\n',
  )
}

const PASSWORD = 'correct horse battery'
/** Far fewer than clients, so transactions get any free connection. */
const SERVER_CONNECTIONS = 2
const CLIENT_CONNECTIONS = 8

const describeWithPgbouncer = pgbouncer === undefined ? describe.skip : describe
describeWithPgbouncer('two servers behind PgBouncer in transaction mode', () => {
  let data: string
  let database: PostgresDatabase
  let pooler: ChildProcess
  let poolerUrl: URL
  let servers: readonly [Program, Program]
  let clients: readonly [AtpBaseClient, AtpBaseClient]

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'lexwright-'))
    database = await createPostgresDatabase()
    poolerUrl = new URL(database.url)
    poolerUrl.port = String(await freePort())
    pooler = await startPooler()
    const start = () =>
      startProgram({
        dataDirectory: data,
        env: {
          PDS_DB_POSTGRES_URL: poolerUrl.href,
          PDS_DB_POSTGRES_MIGRATION_URL: database.url,
          PDS_DB_POSTGRES_POOL_SIZE: String(CLIENT_CONNECTIONS),
          PDS_PASSWORD_HASH_COST: '4',
          PDS_INVITE_REQUIRED: 'true',
          PDS_ADMIN_PASSWORD: 'admin password',
          PDS_RATE_LIMIT_BYPASS_KEY: BYPASS_KEY,
        },
      })
    servers = await Promise.all([start(), start()])
    clients = [new AtpBaseClient(servers[0].url), new AtpBaseClient(servers[1].url)]
  }, 60_000)
  afterAll(async () => {
    await Promise.all((servers ?? []).map((server) => server.signal('SIGTERM')))
    pooler?.kill('SIGTERM')
    await database.drop()
    await rm(data, { recursive: true, force: true })
  })

  async function startPooler(): Promise<ChildProcess> {
    const { hostname, port, pathname, username, password } = new URL(database.url)
    const users = join(data, 'users.txt')
    const config = join(data, 'pgbouncer.ini')
    await writeFile(users, `"${username}" "${password}"\n`)
    await writeFile(
      config,
      `[databases]
${pathname.slice(1)} = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${poolerUrl.port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
admin_users = ${username}
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 100
server_reset_query_always = 0
`,
    )
    // PgBouncer refuses to run as root and must then read its files as another user.
    const asRoot = process.getuid?.() === 0
    if (asRoot) await Promise.all([chmod(data, 0o755), chmod(users, 0o644), chmod(config, 0o644)])
    const child = spawn(pgbouncer ?? '', [...(asRoot ? ['-u', 'postgres'] : []), config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes
    })
    for (;;) {
      await delay(25)
      if (child.exitCode !== null) throw new Error(`PgBouncer did not start:\n${said}`)
      if (await answers(Number(poolerUrl.port))) return child
    }
  }

  const answers = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })

  const BYPASS_KEY = 'bypass for the tests of the pooler'
  const admin = {
    headers: { authorization: `Basic ${Buffer.from('admin:admin password').toString('base64')}` },
  }
  const bearer = (jwt: string) => ({ headers: { authorization: `Bearer ${jwt}` } })
  const person = (name: string, inviteCode: string) => ({
    handle: `${name}.test`,
    email: `${name}@example.com`,
    password: PASSWORD,
    inviteCode,
  })

  it('serve an account from invite to deletion, each step at another server', async () => {
    const [one, two] = clients.map((client) => client.com.atproto) as [
      AtpBaseClient['com']['atproto'],
      AtpBaseClient['com']['atproto'],
    ]
    const { data: invite } = await one.account.createInviteCode({ useCount: 1 }, admin)
    const { data: created } = await two.account.create(person('alice', invite.code))
    const { data: shown } = await one.account.get(undefined, bearer(created.accessJwt))
    expect(shown.handle).toBe('alice.test')
    const { data: refreshed } = await two.session.refresh(undefined, bearer(created.refreshJwt))
    await one.account.requestPasswordReset({ email: 'alice@example.com' })
    await two.account.resetPassword({ token: await mailedCode(), password: 'another password' })
    await expect(one.account.get(undefined, bearer(refreshed.accessJwt))).rejects.toThrow()
    const { data: session } = await one.session.create({
      handle: 'alice.test',
      password: 'another password',
    })
    await two.account.delete(undefined, bearer(session.accessJwt))
    await expect(one.account.get(undefined, bearer(session.accessJwt))).rejects.toThrow()
  })

  async function mailedCode(): Promise<string> {
    const directory = join(data, 'mail')
    for (;;) {
      await delay(20)
      for (const name of await readdir(directory).catch(() => [])) {
        if (!name.endsWith('.eml')) continue
        const { text } = await simpleParser(await readFile(join(directory, name)))
        const code = /^\s*([a-z2-7]{5}-[a-z2-7]{5})$/m.exec(text ?? '')?.[1]
        if (code !== undefined) return code
      }
    }
  }

  it('admit exactly as many as an invite has uses, of any number at once', async () => {
    const { data: invite } = await clients[0].com.atproto.account.createInviteCode(
      { useCount: 20 },
      admin,
    )
    // So many from one address would exceed its share of the password queue without the key.
    const options = {
      encoding: 'application/json' as const,
      headers: { 'x-ratelimit-bypass': BYPASS_KEY },
    }
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        clients[(i % 2) as 0 | 1].com.atproto.account.create(
          person(`many-${i}`, invite.code),
          options,
        ),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ error: 'InvalidInviteCode' })
      }
    }
  })

  it('prepare no statements, which other transactions would not find', async () => {
    expect(await countPrepared(poolerUrl.href)).toBe(0)
  })

  it('shared a few connections', async () => {
    const console = new URL(poolerUrl)
    console.pathname = '/pgbouncer'
    const client = new pg.Client({ connectionString: console.href })
    await client.connect()
    const { rows } = await client.query('show pools')
    await client.end()
    const pool = rows.find(({ database: name }) => name === new URL(database.url).pathname.slice(1))
    expect(pool.pool_mode).toBe('transaction')
    expect(
      Number(pool.sv_active) + Number(pool.sv_idle) + Number(pool.sv_used),
    ).toBeLessThanOrEqual(SERVER_CONNECTIONS)
    expect(Number(pool.cl_active)).toBeGreaterThan(SERVER_CONNECTIONS)
  })

  it('answer 503 while PgBouncer is down, and continue once it is back', async () => {
    const ended = new Promise((resolve) => pooler.once('exit', resolve))
    pooler.kill('SIGKILL')
    await ended
    const logIn = () =>
      fetch(`${servers[0].url}/xrpc/com.atproto.session.create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ handle: 'nobody.test', password: PASSWORD }),
      })
    const away = await logIn()
    expect([away.status, Number(away.headers.get('retry-after')) > 0]).toEqual([503, true])
    pooler = await startPooler()
    expect((await logIn()).status).toBe(401)
  })
})

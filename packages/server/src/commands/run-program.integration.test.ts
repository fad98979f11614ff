import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from '@lexwright/account'
import { freePort } from '@lexwright/testing/network/free-port'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { acquireLock } from '../database/directory-lock.ts'
import { commandLine } from '../testing/command-line.ts'
import { version } from '../version.ts'

const ADMIN_PASSWORD = 'a horse for whoever operates this'

let data: string
let database: PostgresDatabase
const environment: Record<string, string> = {}
const { run, runJson } = commandLine(environment)

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  database = await createPostgresDatabase()
  Object.assign(environment, {
    PDS_DATA_DIRECTORY: data,
    PDS_DB_POSTGRES_URL: database.url,
    PDS_PASSWORD_HASH_COST: '4',
    PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
  })
}, 240_000)
afterAll(async () => {
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

describe('a command', () => {
  it('requires a migration first, and then migrates', async () => {
    const before = await run('accounts list')
    expect(before).toMatchObject({ code: 1, out: '' })
    expect(before.told).toContain('Bring it up to date first: lexwright-server migrate')
    const { steps } = await runJson<{ steps: string[] }>('migrate')
    expect(steps).toEqual(expect.arrayContaining(['0001-initial', 'oauth-0001-initial']))
    const env = { PDS_DB_POSTGRES_MIGRATION_URL: database.url }
    expect(await run('migrate', { env })).toEqual({
      code: 0,
      out: 'nothing to migrate\n',
      told: '',
    })
  })

  it('creates, lists and disables invite codes', async () => {
    const made = await runJson<{ codes: string[] }>('invites create --uses 3 --count 2')
    expect(made.codes).toHaveLength(2)
    const [first, second] = made.codes as [string, string]
    expect((await run('invites list')).out).toMatch(new RegExp(`^${second} {2}3 of 3 `, 'm'))
    expect((await run(`invites disable ${first.toUpperCase()}`)).out).toBe(`${first} is disabled\n`)
    const usable = await runJson<Page<{ code: string }>>('invites list --usable')
    expect(usable.items.map(({ code }) => code)).toEqual([second])
    expect((await run('invites disable nobody-knows')).code).toBe(3)
  })

  it('explains an invalid cursor', async () => {
    for (const list of ['accounts list', 'invites list', 'mail list']) {
      expect(await run(`${list} --cursor rubbish`)).toEqual({
        code: 2,
        out: '',
        told: 'lexwright-server: The cursor is not from an earlier page\n',
      })
    }
  })

  it('explains that the database user may not migrate', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const role = `powerless_${process.pid}`
    await client.query(`create role ${role} login password 'hunter2'`)
    try {
      const url = new URL(database.url)
      url.username = role
      url.password = 'hunter2'
      const env = { PDS_DB_POSTGRES_URL: url.href, PDS_DB_POSTGRES_SCHEMA: 'another' }
      const { code, out, told } = await run('migrate', { env })
      expect([code, out]).toEqual([1, ''])
      expect(told).toMatch(
        /^lexwright-server: The database user may not migrate the schema another \(permission denied .*\): .*PDS_DB_POSTGRES_MIGRATION_URL\.\n$/,
      )
    } finally {
      await client.query(`drop role ${role}`)
      await client.end()
    }
  })

  it.each([
    ['an unknown command', 'acounts list', /there is no command acounts; --help lists them/],
    ['an unknown option', 'accounts list --everything', /unknown option/],
    ['a missing argument', 'accounts show', /missing required argument/],
    ['a number that is none', 'accounts list --limit many', /whole number from 1 to 1000/],
    ['a status that is none', 'accounts list --status asleep', /Allowed choices are active/],
  ])('ends with 2 at %s', async (_, args, told) => {
    const result = await run(args)
    expect(result.code).toBe(2)
    expect(result.told).toMatch(told)
  })

  it('ends with 1 and lists every problem when the configuration is invalid', async () => {
    const result = await run('accounts list', { env: { PDS_PORT: 'x', PDS_LOG_LEVEL: 'loud' } })
    expect(result.code).toBe(1)
    expect(result.told).toMatch(/2 problems:\n {2}PDS_PORT .*\n {2}PDS_LOG_LEVEL /)
    expect(result.told).not.toMatch(/\n {4}at /)
  })

  it('lists its exit codes and every setting in --help', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const text of [
      'Exit codes:',
      '  3  refused',
      'PDS_PORT\n      Port to listen on',
      'accounts',
    ]) {
      expect(out).toContain(text)
    }
    // Limits that exist only for tests are not shown.
    expect(out).not.toContain('4 to 15')
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, told: '' })
  })
})

describe('serve', () => {
  it('explains that the port is in use, and what to do', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, resolve))
    const { port } = squatter.address() as AddressInfo
    expect(await run('serve', { env: { PDS_PORT: String(port) } })).toEqual({
      code: 1,
      out: '',
      told: `lexwright-server: Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}\n`,
    })
    await new Promise((resolve) => squatter.close(resolve))
  })

  it.each([
    [
      'that the database is not there',
      { PDS_DB_POSTGRES_URL: 'postgres://u:hunter2@127.0.0.1:1/x' },
      /127\.0\.0\.1:1\/x cannot be used: nothing listens there/,
    ],
    [
      'that the data directory cannot be used',
      { PDS_DATA_DIRECTORY: '/dev/null/data' },
      /PDS_DATA_DIRECTORY names a directory that cannot be used: ENOTDIR/,
    ],
  ])('explains %s, without a stack trace', async (_, env, what) => {
    const { code, told } = await run('serve', {
      env: { PDS_PORT: '0', PDS_LOG_LEVEL: 'silent', ...env },
    })
    expect(code).toBe(1)
    expect(told).toMatch(what)
    expect(told).not.toMatch(/hunter2|\n {4}at /)
  })
})

describe('config check', () => {
  it('reports that production needs secrets', async () => {
    const env = { NODE_ENV: 'production', PDS_PASSWORD_HASH_COST: '', PDS_ADMIN_PASSWORD: '' }
    const { code, told } = await run('config check', { env })
    expect(code).toBe(1)
    expect(told).toContain('5 problems')
  })

  it('prints the configuration and tests every dependency', async () => {
    const { code, out } = await run('config check --connect')
    expect(code).toBe(0)
    expect(out).toMatch(/^Service DID +did:web:localhost$/m)
    expect(out).toMatch(/^Connection to the database +answers$/m)
    expect(out).toMatch(/^Secrets +match the database$/m)
    expect(out).not.toContain(`${new URL(database.url).password}@`)

    const port = await freePort()
    const env = {
      PDS_DB_POSTGRES_URL: `postgres://u:hunter2@127.0.0.1:${port}/x`,
      PDS_DID_PLC_URL: `http://127.0.0.1:${port}`,
      PDS_EMAIL_SMTP_URL: `smtp://u:hunter2@127.0.0.1:${port}`,
      PDS_EMAIL_FROM_ADDRESS: 'noreply@pds.test',
      PDS_REDIS_SCRATCH_ADDRESS: `127.0.0.1:${port}`,
    }
    const away = await run('config check --connect', { env })
    expect(away.code).toBe(1)
    expect(away.told).toMatch(/database: PostgreSQL at .* nothing listens there/)
    expect(away.told).toContain('Connection to the DID directory: connect ECONNREFUSED')
    expect(away.told).toContain('Connection to the mail server: SMTP delivery failed')
    expect(away.told).toContain('Connection to Redis: connect ECONNREFUSED')
    expect(away.told + away.out).not.toContain('hunter2')
  })
})

describe('mail test', () => {
  it('sends a mail and prints the answer of the mail server', async () => {
    const received: string[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, answer) =>
        answer(address.startsWith('nobody') ? new Error('no such mailbox') : null),
      onData: (stream, _session, answer) => {
        let text = ''
        stream.on('data', (bytes: Buffer) => {
          text += bytes
        })
        stream.on('end', () => {
          received.push(text)
          answer()
        })
      },
    })
    const port = await freePort()
    await new Promise<void>((resolve) => smtp.listen(port, '127.0.0.1', resolve))
    const env = {
      PDS_EMAIL_SMTP_URL: `smtp://127.0.0.1:${port}`,
      PDS_EMAIL_FROM_ADDRESS: 'noreply@pds.test',
    }
    expect(await run('mail test someone@example.com', { env })).toEqual({
      code: 0,
      out: 'The mail server accepted the mail from noreply@pds.test\n',
      told: '',
    })
    expect(received[0]).toContain('Subject: Test mail from localhost')
    const refused = await run('mail test nobody@example.com', { env })
    expect(refused.code).toBe(1)
    expect(refused.told).toContain('no such mailbox')
    await new Promise<void>((resolve) => smtp.close(resolve))
    const down = await run('mail test someone@example.com', { env })
    expect(down.told).toContain('ECONNREFUSED')
  })
})

describe('on the built-in database', () => {
  it('reports which process has locked the directory, and what to do', async () => {
    const lock = await acquireLock(join(data, 'database.lock'))
    const refused = await run('accounts list', { env: { PDS_DB_POSTGRES_URL: '' } })
    await lock.release()
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.told).toMatch(
      new RegExp(`held by process ${process.pid} .*\\n.*one process at a time`),
    )
  })
})

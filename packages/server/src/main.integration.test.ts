import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { XRPCError } from '@atproto/xrpc'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as Create from '@lexwright/generated/types/com/atproto/account/create'
import * as ResetPassword from '@lexwright/generated/types/com/atproto/account/resetPassword'
import type { Program } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  cleanups,
  directory,
  person,
  start,
  until,
} from '@lexwright/testing/programs/running-programs'
import { simpleParser } from 'mailparser'

afterAll(cleanUp)

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const admin = (password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
})

/** The code in the newest mail. */
async function mailedCode(dataDirectory: string): Promise<string> {
  const mails = join(dataDirectory, 'mail')
  for (;;) {
    await delay(20)
    const names = (await readdir(mails).catch(() => [])).filter((name) => name.endsWith('.eml'))
    const newest = names.sort().at(-1)
    if (newest === undefined) continue
    const { text } = await simpleParser(await readFile(join(mails, newest)))
    const code = /^\s*([a-z2-7]{5}-[a-z2-7]{5})$/m.exec(text ?? '')?.[1]
    if (code !== undefined) return code
  }
}

const BREACHED = 'breached but not common'

/** A breach service with one password. */
async function breachedPasswords(password: string): Promise<string> {
  const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
  const server = createServer((_req, res) => void res.end(`${hash.slice(5)}:3`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`
}

describe('the program', () => {
  let data: string
  let program: Program
  beforeAll(async () => {
    data = await directory()
    program = await start(data, {
      PDS_LOG_LEVEL: 'debug',
      PDS_TRUSTED_PROXIES: '1',
      PDS_RESERVED_HANDLES: 'mayor',
      PDS_BREACHED_PASSWORDS_URL: await breachedPasswords(BREACHED),
    })
  }, 240_000)

  it('serves an account from invite to deletion through the generated client', async () => {
    const account = accountOf(program)
    const password = (await readFile(join(data, 'secrets', 'admin-password'), 'utf8')).trim()
    const { data: invite } = await account.createInviteCode({ useCount: 1 }, admin(password))
    expect(invite.code).toMatch(/^localhost-[a-z2-7]{5}-[a-z2-7]{5}$/)

    const { data: created } = await account.create({ ...person('alice'), inviteCode: invite.code })
    expect(created).toMatchObject({ handle: 'alice.test', did: expect.stringMatching(/^did:plc:/) })
    const { data: shown } = await account.get(undefined, bearer(created.accessJwt))
    expect(shown).toMatchObject({
      did: created.did,
      handle: 'alice.test',
      email: 'alice@example.com',
      status: 'active',
    })

    await account.requestPasswordReset({ email: 'alice@example.com' })
    const token = await mailedCode(data)
    await account.resetPassword({ token, password: 'another fine password' })
    await expect(account.resetPassword({ token, password: 'a third password' })).rejects.toThrow(
      ResetPassword.InvalidTokenError,
    )
    // Earlier tokens no longer work.
    await expect(account.get(undefined, bearer(created.accessJwt))).rejects.toThrow(XRPCError)

    const { data: bob } = await account.create(person('bob'))
    await account.delete(undefined, bearer(bob.accessJwt))
    await expect(account.get(undefined, bearer(bob.accessJwt))).rejects.toThrow(XRPCError)
    await expect(account.create(person('bob'))).rejects.toThrow(Create.HandleNotAvailableError)
  }, 240_000)

  it('answers plain HTTP with the errors of the contract', async () => {
    const call = async (method: string, init?: RequestInit) => {
      const response = await fetch(`${program.url}/xrpc/com.atproto.account.${method}`, init)
      const { error } = (await response.json()) as { readonly error: string }
      return [response.status, error]
    }
    const json = (body: unknown): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(await call('create', json({}))).toEqual([400, 'InvalidRequest'])
    expect(await call('create', json(person('x')))).toEqual([400, 'InvalidHandle'])
    expect(await call('create', json(person('mayor')))).toEqual([400, 'HandleNotAvailable'])
    expect(await call('create', json({ ...person('eve'), password: BREACHED }))).toEqual([
      400,
      'InvalidPassword',
    ])
    expect(await call('create')).toEqual([400, 'InvalidRequest'])
    expect(await call('get')).toEqual([401, 'AuthMissing'])
    expect(await call('delete', { method: 'POST' })).toEqual([401, 'AuthMissing'])
    expect(await call('createInviteCode', json({ useCount: 1 }))).toEqual([
      401,
      'AuthenticationRequired',
    ])
    expect(await call('nothing')).toEqual([501, 'MethodNotImplemented'])
  })

  it('answers health checks', async () => {
    const get = async (path: string) => {
      const response = await fetch(program.url + path)
      return { status: response.status, text: await response.text() }
    }
    expect(await get('/xrpc/_health')).toEqual({ status: 200, text: '{"version":"0.1.0"}' })
    expect(await get('/livez')).toEqual({ status: 200, text: '{"status":"ok"}' })
    expect(await get('/readyz')).toEqual({ status: 200, text: '{"status":"ok"}' })
    const { status, text } = await get('/.well-known/did.json')
    expect([status, JSON.parse(text)]).toMatchObject([200, { id: 'did:web:localhost' }])
    // Only served with OAuth turned on.
    expect((await get('/.well-known/oauth-authorization-server')).status).toBe(404)
    const metrics = (await get('/metrics')).text
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{method="com\.atproto\.account\.create",status="200"\} \d/,
    )
    // PGlite has a single connection, which is not counted.
    expect(metrics).not.toContain('database_connections{')
    expect(metrics).toMatch(/^account_backlog\{kind="failed_mail"\} 0$/m)
    expect(metrics).toMatch(/^account_mail_oldest_seconds \d/m)
    expect(metrics).not.toMatch(/alice|did:plc/)
  })

  it.each(['/METRICS', '/metrics/', '/Livez', '/readyz/', '/Reset-Password', '/reset-password/'])(
    'answers 404 at %s: restricted paths match exactly',
    async (path) => {
      expect((await fetch(program.url + path)).status).toBe(404)
    },
  )

  it.each(['/', '/nothing', '/favicon.ico', '/xrpc', '/%E0%A4%A', '/..%2f..%2fetc/passwd'])(
    'answers 404 in JSON at %s, without naming its framework',
    async (path) => {
      const response = await fetch(program.url + path, { method: 'POST' })
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: 'NotFound', message: 'There is nothing at this address' },
      ])
      expect(response.headers.get('x-powered-by')).toBeNull()
    },
  )

  it('answers 400 to invalid HTTP and closes the connection', async () => {
    const socket = connect(program.port, 'localhost')
    socket.end('NONSENSE\r\n\r\n')
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('takes the client address from the header of the one trusted proxy', async () => {
    const remaining = async (forwarded: string): Promise<number> => {
      const url = `${program.url}/xrpc/com.atproto.account.resetPassword`
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
        body: JSON.stringify({ token: 'no code', password: 'correct horse battery' }),
      })
      return Number(response.headers.get('ratelimit-remaining'))
    }
    const first = await remaining('6.6.6.6, 203.0.113.7')
    expect(await remaining('6.6.6.7, 203.0.113.7')).toBe(first - 1)
    expect(await remaining('6.6.6.6, 203.0.113.8')).toBe(first)
    // Limits count by address; the log contains none.
    await until(() => program.log().includes('account.resetPassword"'))
    expect(program.log()).not.toMatch(/6\.6\.6|203\.0\.113/)
  })

  it('counts wrong passwords and codes by any method, for the alert on guessing', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8')
    const [, metric = ''] = /alert: Guessing.*\n\s+expr: sum\(rate\((\w+)\[/.exec(page) ?? []
    const total = async (): Promise<number> => {
      const text = await (await fetch(`${program.url}/metrics`)).text()
      const values = [...text.matchAll(new RegExp(`^${metric}\\{.*\\} (\\d+)$`, 'gm'))]
      expect(values).not.toHaveLength(0)
      return values.reduce((sum, [, value]) => sum + Number(value), 0)
    }
    const post = (path: string, body: string, type = 'application/json') =>
      fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body })
    const login = JSON.stringify({ handle: 'nobody.test', password: 'wrong' })
    const form = 'application/x-www-form-urlencoded'
    const before = await total()
    await post('/xrpc/com.atproto.session.create', login)
    await post('/xrpc/com.atproto.session.create/', login)
    await post('/reset-password', 'token=abcde-fghij&password=a+fine+one&repeated=a+fine+one', form)
    await post('/xrpc/com.atproto.account.resetPassword', '{"token":"x","password":"a fine one"}')
    expect(await total()).toBe(before + 4)
  })

  it('logs no password, token, address or body', async () => {
    const secret = 'hunter2-do-not-log'
    const post = (method: string, body: string, headers: Record<string, string> = {}) =>
      fetch(`${program.url}/xrpc/com.atproto.account.${method}?token=${secret}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
    await post('create', `{"password":"${secret}" broken`)
    await post('create', JSON.stringify({ ...person('carol'), password: secret }))
    await post('create', JSON.stringify({ ...person('carol'), password: secret }))
    await post('resetPassword', JSON.stringify({ token: secret, password: secret }))
    await post('createInviteCode', '{"useCount":1}', admin(secret).headers)
    await fetch(`${program.url}/xrpc/com.atproto.account.get?x=${secret}`, bearer(secret))
    await fetch(`${program.url}/last`)
    await until(() => program.log().includes('"path":"/last"'))
    const log = program.log()
    expect(log).toContain('a call was refused')
    expect(log).not.toMatch(
      /hunter2|correct horse|@example\.com|alice|carol|eyJ|\b[a-z2-7]{5}-[a-z2-7]{5}"/,
    )
    for (const line of log.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  it('exits with 0 at SIGTERM, and finds all data after a restart', async () => {
    expect(await program.signal('SIGTERM')).toBe(0)
    expect(program.log()).toContain('"msg":"stopped"')
    expect((await readdir(data)).sort()).toEqual(['database', 'mail', 'secrets'])
    program = await start(data)
    await expect(accountOf(program).create(person('bob'))).rejects.toThrow(
      Create.HandleNotAvailableError,
    )
  }, 240_000)
})

async function read(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

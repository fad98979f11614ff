import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AccountDetails, AccountSummary, LiveSession, Page } from '@lexwright/account'
import { AtpBaseClient } from '@lexwright/generated/client'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import { freePort } from '@lexwright/testing/network/free-port'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { simpleParser } from 'mailparser'
import pg from 'pg'
import { commandLine } from '../testing/command-line.ts'
import { type ServerHere, startHere } from '../testing/start-here.ts'

const PASSWORD = 'correct horse battery'
const ADMIN_PASSWORD = 'a horse for whoever operates this'

let server: ServerHere
let data: string
let database: PostgresDatabase
const environment: Record<string, string> = {}
const { run, runJson } = commandLine(environment)

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-'))
  database = await createAccountDatabase()
  Object.assign(environment, {
    PDS_DATA_DIRECTORY: data,
    PDS_DB_POSTGRES_URL: database.url,
    PDS_PASSWORD_HASH_COST: '4',
    PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
  })
}, 240_000)
afterAll(async () => {
  await server.close()
  await database.drop()
  await rm(data, { recursive: true, force: true })
})

describe('beside a running server', () => {
  let client: AtpBaseClient
  let did: string
  let accessJwt: string

  beforeAll(async () => {
    // Includes the tables of OAuth, which commands expect by default.
    await run('migrate')
    server = await startHere(environment)
    client = new AtpBaseClient(server.url)
    const { data: created } = await client.com.atproto.account.create({
      handle: 'alice.test',
      email: 'alice@example.com',
      password: PASSWORD,
    })
    did = created.did
    accessJwt = created.accessJwt
    await client.com.atproto.account.create({
      handle: 'bob.test',
      email: 'bob@example.com',
      password: PASSWORD,
    })
  }, 240_000)

  const logIn = async (password: string): Promise<boolean> =>
    await client.com.atproto.session
      .create({ handle: 'alice.test', password })
      .then(() => true)
      .catch(() => false)

  it('lists accounts as a table, and a page at a time as JSON', async () => {
    const { code, out } = await run('accounts list')
    expect(code).toBe(0)
    const [head, first, second, ...rest] = out.trimEnd().split('\n')
    expect(head).toMatch(/^HANDLE {6}EMAIL {14}STATUS {2}CREATED {12}DID$/)
    expect(first).toMatch(/^bob\.test {4}bob@example\.com {4}active {2}20\S+ \S+Z {2}did:plc:\w+$/)
    expect(second).toContain(did)
    expect(rest).toEqual([])

    const page = await runJson<Page<AccountSummary>>('accounts list --limit 1')
    expect(page.items).toMatchObject([{ handle: 'bob.test', status: 'active' }])
    const next = await runJson<Page<AccountSummary>>(`accounts list --cursor ${page.cursor}`)
    expect(next.items.map(({ handle }) => handle)).toEqual(['alice.test'])
    expect((await run('accounts list --status deleted')).told).toBe('There are no such accounts.\n')
    const found = await runJson<Page<AccountSummary>>('accounts list --search ALICE@')
    expect(found.items).toHaveLength(1)
  })

  it.each(['alice.test', '@alice.test', 'Alice@example.com'])('finds %s', async (name) => {
    const details = await runJson<AccountDetails>(`accounts show ${name}`)
    expect(details).toMatchObject({ did, status: 'active', liveSessions: 1 })
    const { out } = await run(`accounts show ${name}`)
    expect(out).toMatch(/^Status +active$/m)
    expect(out).toMatch(/account\.created +\S+$/m)
  })

  it('imports accounts from a file and from stdin, and lists skipped lines', async () => {
    const account = {
      did: 'did:plc:importedaccountaaaaaaaaa',
      handle: 'carol.example',
      email: 'carol@example.com',
      // Hash of `imported password`.
      passwordHash:
        '8e5611e70b7a4de6f48a3c4bfb676310:bc219aebfd0ea871823bb0d839a395d11a5d4831904166adc7c3eb00ff723b155c3a68438fe1e0e40eed41fbad732d3edc01a667648d0d43f75141fea09110b9',
    }
    const file = join(data, 'accounts.jsonl')
    await writeFile(file, `${JSON.stringify(account)}\n{"did":"did:plc:x"}\n`)
    expect(await run(`accounts import ${file}`)).toEqual({
      code: 4,
      out: '1 imported, 0 already existed, 1 refused\n',
      told: [
        `${file}:2: did must be a did:plc or a did:web`,
        ...['handle', 'email', 'passwordHash'].map((field) => `${file}:2: ${field} is missing`),
        'lexwright-server: 1 line skipped; correct the file and run the command again',
        '',
      ].join('\n'),
    })
    const session = await client.com.atproto.session.create({
      handle: 'carol.example',
      password: 'imported password',
    })
    expect(session.data.did).toBe(account.did)

    const again = await run('accounts import - --json', { input: JSON.stringify(account) })
    expect(again).toMatchObject({ code: 0, told: '' })
    expect(JSON.parse(again.out)).toEqual({ imported: 0, present: 1, refused: 0, problems: [] })
    await run('accounts delete carol.example --yes')
    expect(await run(`accounts import ${join(data, 'nothing.jsonl')}`)).toMatchObject({ code: 2 })
  })

  it('ends with 3 for an unknown account or a wrong state', async () => {
    expect(await run('accounts show nobody.test')).toEqual({
      code: 3,
      out: '',
      told: 'lexwright-server: There is no such account\n',
    })
    const refused = await run('accounts enable alice.test')
    expect(refused.code).toBe(3)
    expect(refused.told).toContain('Only a disabled account can be enabled; this one is active')
  })

  it('disables and enables, at once in the server too', async () => {
    const disabled = await run(['accounts', 'disable', 'alice.test', '--ref', 'case 7'])
    expect(disabled.out).toBe('alice.test is disabled\n')
    expect((await run('accounts show alice.test')).out).toMatch(/ case 7$/m)
    expect(await logIn(PASSWORD)).toBe(false)
    expect((await run('accounts enable alice.test')).out).toBe('alice.test is active\n')
    expect(await logIn(PASSWORD)).toBe(true)
  })

  it('generates a password, ends the sessions and notifies the owner', async () => {
    const { code, out, told } = await run('accounts reset-password alice.test')
    expect(code).toBe(0)
    expect(told).toContain('alice.test has a new password')
    expect(out).toMatch(/^[a-z2-7]{5}-[a-z2-7]{5}-[a-z2-7]{5}-[a-z2-7]{5}\n$/)
    expect(await logIn(PASSWORD)).toBe(false)
    expect(await logIn(out.trim())).toBe(true)
    const stale = client.com.atproto.account.get(undefined, {
      headers: { authorization: `Bearer ${accessJwt}` },
    })
    await expect(stale).rejects.toThrow()
    // The mail about the login may come first.
    await readNotice(/The password of @alice\.test/)
  })

  async function readNotice(wanted: RegExp): Promise<void> {
    const directory = join(data, 'mail')
    for (;;) {
      const files = await readdir(directory).catch(() => [])
      for (const file of files.filter((each) => each.endsWith('.eml'))) {
        const { text } = await simpleParser(await readFile(join(directory, file)))
        if (wanted.test(text ?? '')) return
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it('reads a password from stdin, never prints it, and refuses a weak one', async () => {
    const args = 'accounts reset-password alice.test --stdin'
    const set = await run(args, { input: 'typed by the operator\n' })
    expect(set).toMatchObject({ code: 0, out: '' })
    expect(set.told).not.toContain('typed by')
    expect(await logIn('typed by the operator')).toBe(true)
    const refused = await run(args, { input: 'password1\n' })
    expect(refused).toMatchObject({ code: 3, out: '' })
    expect(refused.told).toContain('too common')
  })

  it('deletes and purges after confirmation only, and restores', async () => {
    const unasked = await run('accounts delete bob.test')
    expect([unasked.code, unasked.out]).toEqual([2, ''])
    expect(unasked.told).toContain('pass --yes')
    expect((await run('accounts delete bob.test', { answer: 'alice.test' })).code).toBe(3)
    expect((await run('accounts show bob.test')).out).toMatch(/^Status +active$/m)
    expect((await run('accounts delete bob.test', { answer: 'bob.test' })).out).toMatch(
      /^bob\.test is deleted; it can be restored until 20/,
    )
    expect((await run('accounts restore bob.test')).out).toBe('bob.test is active\n')
    expect((await run('accounts purge bob.test --yes')).code).toBe(3)
    const bob = await runJson<AccountSummary>('accounts delete bob.test --yes')

    expect((await run('accounts purge bob.test')).told).toContain('pass --yes')
    expect((await run('accounts purge bob.test', { answer: 'yes' })).told).toContain('is unchanged')
    expect((await run('accounts purge bob.test', { answer: 'bob.test' })).out).toMatch(
      /is purged\n$/,
    )
    const gone = await runJson<AccountDetails>(`accounts show ${bob.did}`)
    expect(gone).toMatchObject({ email: null, status: 'deleted', publication: null })
  })

  it('lists the sessions of an account, and ends them', async () => {
    const page = await runJson<Page<LiveSession>>('sessions list alice.test')
    const [newest] = page.items as [LiveSession]
    expect((await run('sessions list alice.test')).out).toMatch(
      new RegExp(`^SESSION +BEGAN +REFRESHED +ENDS\\n${newest.id} `),
    )
    expect(await run(`sessions end alice.test ${newest.id}`)).toMatchObject({ out: '1 ended\n' })
    expect(await run(`sessions end alice.test ${newest.id}`)).toMatchObject({ code: 3 })
    expect(await runJson('sessions end alice.test')).toEqual({ ended: page.items.length - 1 })
    expect(await run('sessions list alice.test')).toMatchObject({
      code: 0,
      out: '',
      told: 'The account is not logged in anywhere.\n',
    })
  })

  it('creates an account, with a password from stdin or a code by mail', async () => {
    const typed = await runJson<AccountSummary>(
      'accounts create erin.test erin@example.com --stdin',
      {
        input: `${PASSWORD}\n`,
      },
    )
    const session = { handle: 'erin.test', password: PASSWORD }
    expect((await client.com.atproto.session.create(session)).data.did).toBe(typed.did)
    expect(await run('accounts create admin.test owner@example.com')).toEqual({
      code: 0,
      out: 'admin.test is active\n',
      told: '',
    })
    await readNotice(/the password of @admin\.test/)
    expect((await run('accounts create erin.test other@example.com')).code).toBe(3)
    // Later tests count keys.
    for (const handle of ['erin.test', 'admin.test']) {
      await run(`accounts delete ${handle} --yes`)
      expect((await run(`accounts purge ${handle} --yes`)).code).toBe(0)
    }
  })

  it('lists the invite codes of an account, and blocks new ones', async () => {
    expect((await run('invites show alice.test')).told).toBe('The account has no invite codes.\n')
    const admin = { authorization: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}` }
    const { data: made } = await client.com.atproto.server.createInviteCode(
      { useCount: 2, forAccount: did },
      { headers: admin, encoding: 'application/json' },
    )
    expect((await run('invites show alice.test')).out).toMatch(
      new RegExp(`^${made.code} {2}2 of 2 `, 'm'),
    )
    const blocked = await run(['invites', 'block', 'alice.test', '--codes', '--note', 'sells them'])
    expect(blocked.out).toBe('alice.test gets no more invite codes\n')
    expect((await run('accounts show alice.test')).out).toMatch(
      /^Reason of the block +sells them$/m,
    )
    const { items } = await runJson<Page<{ disabledAt: string | null }>>('invites show alice.test')
    expect(items).toMatchObject([{ disabledAt: expect.any(String) }])
    expect((await run('invites unblock alice.test')).out).toBe(
      'alice.test can get invite codes again\n',
    )
  })

  it('runs every command of its documentation', async () => {
    const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    const [block = ''] = /^lexwright-server accounts list(\n|.)+?(?=```)/m.exec(page) ?? []
    const lines = block.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      const args = line
        .replace('lexwright-server ', '')
        .replace('alice.pds.example.com', 'alice.test')
        // Bob's handle was already used.
        .replace('bob.pds.example.com bob@', 'robert.test robert@')
        .replace('bob.pds.example.com', 'robert.test')
      expect({ line, ...(await run(args)) }).toMatchObject({ line, code: 0 })
    }
    await run('accounts delete robert.test --yes')
    expect(await run('accounts purge robert.test --yes')).toMatchObject({ code: 0 })
  })

  it('reports DIDs that wait for a directory, and a directory that does not answer', async () => {
    const waiting = await run('publish')
    expect(waiting.out).toMatch(/^Not published yet +[1-9]\d*$/m)
    expect(waiting.told).toContain('Set PDS_DID_PLC_URL')
    const port = await freePort()
    const away = await run('publish', {
      env: { PDS_DID_PLC_URL: `http://127.0.0.1:${port}`, PDS_DID_PLC_TIMEOUT_MS: '200' },
    })
    expect(away.code).toBe(4)
    expect(away.told).toContain('could not be published; try again later')
  })

  it('lists unsent mails, retries one and drops one', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query<{ id: string }>(
      `insert into lexwright_account.outbox (kind, did, created_at, run_after, failed_at, last_error)
       select 'password-changed', $1, now(), now(), now(), 'SMTP 550 ' || n
       from generate_series(1, 2) n returning id`,
      [did],
    )
    await client.end()
    const [first, second] = rows.map(({ id }) => id) as [string, string]
    const listed = await run('mail list --status failed')
    expect(listed.out).toMatch(/^ID +KIND +TO +STATUS/)
    expect(listed.out).toMatch(
      new RegExp(`^${first} +password-changed +alice\\.test +failed .*SMTP 550 1$`, 'm'),
    )
    expect(await run(`mail drop ${first}`)).toMatchObject({
      code: 0,
      out: `mail ${first} is removed\n`,
    })
    expect(await runJson(`mail retry ${second}`)).toMatchObject({ id: second, status: 'waiting' })
    expect(await run(`mail retry ${first}`)).toEqual({
      code: 3,
      out: '',
      told: 'lexwright-server: There is no such mail; it may have been sent\n',
    })
  })

  it.each([
    ['PDS_PASSWORD_PEPPER', 'password-pepper', 'PDS_PASSWORD_PREVIOUS_PEPPERS'],
    ['PDS_KEY_ENCRYPTION_KEY_HEX', 'key-encryption-key', 'PDS_KEY_ENCRYPTION_PREVIOUS_KEYS_HEX'],
    ['PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX', 'plc-rotation-key', 'keys accept'],
  ])(
    'refuses another %s than the one used with the database, and explains what to do',
    async (name, secret, way) => {
      const env = { [name]: '6b'.repeat(32) }
      const sentence = `${name} is not the one this database was used with: put that one back`
      const command = await run('accounts list', { env })
      expect([command.code, command.out]).toEqual([1, ''])
      expect(command.told).toContain(sentence)
      expect(command.told).toContain(way)
      expect(command.told).toContain(`lexwright-server keys accept ${secret}`)
      const checked = await run('config check --connect', { env })
      expect(checked.code).toBe(1)
      expect(checked.told).toContain(sentence)
      expect((await run('keys status', { env })).out).toMatch(
        new RegExp(`^${name} +not the one this database was used with$`, 'm'),
      )
    },
  )

  it('does not start a server with another pepper either', async () => {
    const start = await run('serve', {
      env: { PDS_PORT: '0', PDS_LOG_LEVEL: 'silent', PDS_PASSWORD_PEPPER: '6b'.repeat(32) },
    })
    expect(start.code).toBe(1)
    expect(start.told).toContain('PDS_PASSWORD_PEPPER is not the one this database was used with')
  })

  const readSecret = async (kind: string): Promise<string> => {
    const files = await readdir(join(data, 'secrets'))
    const file = files.find((name) => name.includes(kind)) ?? ''
    return (await readFile(join(data, 'secrets', file), 'utf8')).trim()
  }

  it('counts hashes by pepper, and accepts another pepper on request', async () => {
    const old = await readSecret('pepper')
    const env = { PDS_PASSWORD_PEPPER: '6b'.repeat(32), PDS_PASSWORD_PREVIOUS_PEPPERS: old }
    const { passwordHashes } = await runJson<{
      passwordHashes: { current: number; previous: number; unknown: number }
    }>('keys status', { env })
    expect(passwordHashes).toMatchObject({ current: 0, unknown: 0 })
    expect(passwordHashes.previous).toBeGreaterThan(0)
    expect((await run('keys status')).out).toMatch(/^Hashes under this pepper +[1-9]/m)

    expect((await run('accounts list', { env })).code).toBe(0)
    expect((await run('accounts list')).code).toBe(1)
    expect((await run('keys accept password-pepper')).out).toBe('password-pepper is accepted\n')
    expect((await run('accounts list')).code).toBe(0)
    expect((await run('keys accept jwt')).code).toBe(2)
  })

  it('reseals keys under another key, and lists those it cannot open', async () => {
    const old = await readSecret('encryption')
    const env = { PDS_KEY_ENCRYPTION_KEY_HEX: '5a'.repeat(32) }
    const lost = await run('keys rotate', { env })
    expect(lost.code).toBe(4)
    expect(lost.told).toContain(did)
    const both = { ...env, PDS_KEY_ENCRYPTION_PREVIOUS_KEYS_HEX: old }
    expect(await runJson('keys rotate', { env: both })).toEqual({
      resealed: 1,
      current: 0,
      failed: [],
    })
    expect(await runJson('keys rotate', { env })).toEqual({ resealed: 0, current: 1, failed: [] })
  })
})

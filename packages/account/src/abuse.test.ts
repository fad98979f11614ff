import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import bcrypt from 'bcryptjs'
import { type Kysely, sql } from 'kysely'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from '../../../scripts/testing/account-harness.ts'
import { type TestDatabase, testDatabases } from '../../../scripts/testing/databases.ts'
import { forgeJwt, readJwt } from '../../../scripts/testing/jwt.ts'
import { openSmtpRecorder } from '../../../scripts/testing/smtp-recorder.ts'
import { createSmtpMailer } from './mail/smtp-mailer.ts'

const password = 'correct horse battery'
const PAGE = 'https://pds.test/reset'

/** What an attacker may try, one class per test, over real HTTP on a real PostgreSQL. */
describe('abuse', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  let name = ''
  let count = 0
  beforeAll(async () => {
    const [postgres] = testDatabases
    if (postgres === undefined) throw new Error('there is no database to test on')
    database = await postgres.open()
    db = database.db
    const { policy } = await testModuleOptions({ passwordResetUrl: PAGE })
    harness = await openAccountHarness(db, { policy })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })
  beforeEach(() => {
    count += 1
    name = `abuse${count}`
  })

  interface Call {
    readonly body?: unknown
    readonly authorization?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  async function call(method: string, { body, authorization, headers = {} }: Call = {}) {
    const isQuery = method.endsWith('.get') || method.endsWith('resolve')
    const response = await fetch(`${harness.url}/xrpc/com.atproto.${method}`, {
      method: isQuery ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      error: text === '' ? undefined : JSON.parse(text).error,
      text,
      headers: response.headers,
    }
  }
  const get = (token: string) => call('account.get', { authorization: `Bearer ${token}` })
  const signUp = async (changes: object = {}) => {
    const { data } = await harness.client.com.atproto.account.create({
      handle: `${name}.test`,
      email: `${name}@example.com`,
      password,
      ...changes,
    })
    return data
  }
  const logIn = (given: string, handle = `${name}.test`) =>
    call('session.create', { body: { handle, password: given } })
  /** The code of the newest reset mail, once it is sent. */
  const resetCode = async (email = `${name}@example.com`) => {
    await call('account.requestPasswordReset', { body: { email } })
    await harness.accounts.runDueJobs()
    const text = harness.mailbox.messages.findLast(({ to }) => to === email)?.text ?? ''
    return /[a-z2-7]{5}-[a-z2-7]{5}/.exec(text)?.[0] ?? ''
  }
  const reset = (token: unknown, next: unknown = 'a whole new password') =>
    call('account.resetPassword', { body: { token, password: next } })

  it('alg: none, and algorithms that confuse, are refused', async () => {
    const { accessJwt } = await signUp()
    const { header, payload } = readJwt(accessJwt)
    const { secrets } = await testModuleOptions()
    const secret = String(secrets.jwtKeys[0]?.secret)
    const signature = accessJwt.split('.')[2] ?? ''
    const forged = [
      ...['none', 'None', 'NONE', '', null, 0, [], undefined].flatMap((alg) => [
        forgeJwt({ ...header, alg }, payload, ''),
        forgeJwt({ ...header, alg }, payload, signature),
        forgeJwt({ ...header, alg }, payload, { secret }),
      ]),
      forgeJwt({ ...header, alg: 'HS384' }, payload, { secret, hash: 'sha384' }),
      forgeJwt({ ...header, alg: 'HS512' }, payload, { secret, hash: 'sha512' }),
      ...['RS256', 'ES256', 'ES256K', 'EdDSA', 'PS256', 'A128KW', 'dir'].map((alg) =>
        forgeJwt({ ...header, alg }, payload, { secret }),
      ),
      // The key is not taken from the token.
      forgeJwt({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, payload, { secret: '\0\0\0' }),
      forgeJwt({ ...header, jku: 'https://evil.test/keys' }, payload, { secret: 'evil' }),
      forgeJwt({ ...header, crit: ['exp'], b64: false }, payload, { secret }),
    ]
    for (const jwt of forged) {
      expect(await get(jwt)).toMatchObject({ status: 400, error: 'InvalidToken' })
    }
  })

  it('a wrong typ, kid, aud, issuer or scope is refused, though well signed', async () => {
    const { accessJwt, refreshJwt } = await signUp()
    const { header, payload } = readJwt(accessJwt)
    const { secrets } = await testModuleOptions()
    const secret = String(secrets.jwtKeys[0]?.secret)
    const sign = (headers: object, claims: object = {}) =>
      forgeJwt({ ...header, ...headers }, { ...payload, ...claims }, { secret })
    expect((await get(sign({}))).status).toBe(200)
    const wrong = [
      ...['JWT', 'refresh+jwt', 'dpop+jwt', undefined, 1, null].map((typ) => sign({ typ })),
      ...['other', '__proto__', '', undefined, null, 7, ['test'], '../test'].map((kid) =>
        sign({ kid }),
      ),
      ...['did:web:other.test', undefined, null, 7, {}, []].map((aud) => sign({}, { aud })),
      ...['did:web:other.test', undefined].map((iss) => sign({}, { iss })),
      ...['com.atproto.refresh', 'com.atproto.appPass', undefined, ['com.atproto.access']].map(
        (scope) => sign({}, { scope }),
      ),
      ...[undefined, '', 7, null].map((sub) => sign({}, { sub })),
      ...[undefined, '9999999999', null, {}].map((exp) => sign({}, { exp })),
      ...[undefined, 'x', 1e99, 9_999_999_999].map((iat) => sign({}, { iat })),
      ...[undefined, '0', 0.5].map((epoch) => sign({}, { epoch })),
      refreshJwt,
    ]
    for (const jwt of wrong) {
      expect(await get(jwt)).toMatchObject({ status: 400, error: 'InvalidToken' })
    }
    for (const method of ['session.refresh', 'session.delete']) {
      expect(await call(method, { authorization: `Bearer ${accessJwt}` })).toMatchObject({
        status: 400,
        error: 'InvalidToken',
      })
    }
  })

  it('tokens of a deleted account, and of one that never was, do nothing', async () => {
    const { accessJwt, refreshJwt } = await signUp()
    const authorization = `Bearer ${accessJwt}`
    // Verified and remembered before.
    expect((await get(accessJwt)).status).toBe(200)
    expect((await call('account.delete', { authorization })).status).toBe(200)
    for (const method of ['account.get', 'session.get', 'account.delete']) {
      expect(await call(method, { authorization })).toMatchObject({
        status: 400,
        error: 'ExpiredToken',
      })
    }
    const refresh = { authorization: `Bearer ${refreshJwt}` }
    expect(await call('session.refresh', refresh)).toMatchObject({
      status: 400,
      error: 'ExpiredToken',
    })
    expect((await call('session.delete', refresh)).status).toBe(200)
    const { secrets } = await testModuleOptions()
    const { header, payload } = readJwt(accessJwt)
    const stranger = forgeJwt(
      header,
      { ...payload, sub: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' },
      { secret: String(secrets.jwtKeys[0]?.secret) },
    )
    expect(await get(stranger)).toMatchObject({ status: 400, error: 'ExpiredToken' })
  })

  it('a refresh that races a deletion or a logout leaves no live token', async () => {
    for (let round = 0; round < 10; round++) {
      name = `abuse${count}-${round}`
      const { accessJwt, refreshJwt } = await signUp()
      const end =
        round % 2 === 0
          ? () => call('account.delete', { authorization: `Bearer ${accessJwt}` })
          : () => call('session.delete', { authorization: `Bearer ${refreshJwt}` })
      const [, ...refreshed] = await Promise.all([
        end(),
        ...Array.from({ length: 5 }, () =>
          call('session.refresh', { authorization: `Bearer ${refreshJwt}` }),
        ),
      ])
      for (const { status, text } of refreshed) {
        if (status !== 200) continue
        const pair = JSON.parse(text)
        expect(await get(pair.accessJwt)).toMatchObject({ error: 'ExpiredToken' })
        expect(
          await call('session.refresh', { authorization: `Bearer ${pair.refreshJwt}` }),
        ).toMatchObject({ error: 'ExpiredToken' })
      }
    }
  })

  it('an array or an object where an email is expected is refused, and mails nobody', async () => {
    await signUp()
    const email = `${name}@example.com`
    const shapes: unknown[] = [
      [email],
      [email, 'evil@example.org'],
      { 0: email },
      { toString: email },
      { $ne: null },
      [[email]],
      null,
      true,
      0,
    ]
    for (const shape of shapes) {
      const refusals = await Promise.all([
        call('account.requestPasswordReset', { body: { email: shape } }),
        call('account.create', { body: { handle: `x${name}.test`, email: shape, password } }),
        call('session.create', { body: { handle: shape, password } }),
        call('session.create', { body: { handle: email, password: shape } }),
        call('account.resetPassword', { body: { token: shape, password } }),
      ])
      for (const { status, error } of refusals) {
        expect([status, error]).toEqual([400, 'InvalidRequest'])
      }
    }
    await harness.accounts.runDueJobs()
    expect(harness.mailbox.messages.filter(({ to }) => String(to).includes(name))).toEqual([])
  })

  it('no address makes two recipients or a header, down to the SMTP wire', async () => {
    const wiretap = await openSmtpRecorder()
    const mailer = createSmtpMailer({ url: wiretap.url, from: 'noreply@pds.test' })
    const { accounts, close } = await openAccountHarness(db, { mailer })
    const victim = `${name}@example.com`
    await signUp()
    const addresses = [
      `${victim}\r\nRCPT TO:<evil@example.org>`,
      `${victim}\nBcc: evil@example.org`,
      `${victim}\r\n.\r\nMAIL FROM:<evil@example.org>`,
      `"x\r\nRCPT TO:<evil@example.org>"@example.com`,
      `"${name}@example.com> RCPT TO:<evil@example.org"@example.com`,
      `"evil@example.org"@example.com`,
      `${victim},evil@example.org`,
      `${victim};evil@example.org`,
      `${victim} evil@example.org`,
      `<${victim}>,<evil@example.org>`,
      `Alice <${victim}>`,
      `evil@example.org(${victim})`,
      `@example.org:${victim}`,
      `${victim}\0@evil.example.org`,
      `${victim}%0d%0aRCPT TO:<evil@example.org>`,
      'evil%example.org@example.com\r\n',
    ]
    for (const email of addresses) {
      const body = { handle: `x${name}.test`, email, password }
      expect(await call('account.create', { body })).toMatchObject({
        status: 400,
        error: 'InvalidRequest',
      })
      expect((await call('account.requestPasswordReset', { body: { email } })).status).toBe(200)
    }
    await accounts.runDueJobs()
    expect(wiretap.wire()).not.toMatch(/evil/)
    // And the wire does carry what is asked for rightly.
    await call('account.requestPasswordReset', { body: { email: victim } })
    await accounts.runDueJobs()
    const recipients = wiretap.wire().match(/^RCPT TO:.*$/gm)
    expect(recipients?.map((line) => line.trim())).toEqual([`RCPT TO:<${victim}>`])
    await close()
    await mailer.close()
    await wiretap.close()
  })

  it('Unicode look-alikes reach nobody else’s account', async () => {
    name = `kiss${count}`
    await signUp()
    const victim = `${name}@example.com`
    const alikes = [
      `\u212Aiss${count}@example.com`,
      `ki\u017F\u017F${count}@example.com`,
      `\uFF4Biss${count}@example.com`,
      `${name}@\u212A.example.com`,
      `${name}@ex\u0430mple.com`,
      `${name}@example\u3002com`,
      `${name}\u200B@example.com`,
      `k\u0131ss${count}@example.com`,
    ]
    for (const email of alikes) {
      const sent = harness.mailbox.messages.length
      await call('account.requestPasswordReset', { body: { email } })
      await harness.accounts.runDueJobs()
      expect(harness.mailbox.messages).toHaveLength(sent)
      expect((await logIn(password, email)).status).toBe(401)
    }
    for (const handle of [
      `\u212Aiss${count}.test`,
      `ki\u017F\u017F${count}.test`,
      `\uFF4Biss${count}.test`,
    ]) {
      const body = { handle, email: `other${count}@example.com`, password }
      expect(await call('account.create', { body })).toMatchObject({ error: 'InvalidHandle' })
      expect((await logIn(password, handle)).status).toBe(401)
      const query = new URLSearchParams({ handle })
      expect((await fetch(`${harness.url}/xrpc/com.atproto.handle.resolve?${query}`)).status).toBe(
        400,
      )
    }
    expect((await logIn(password, victim.toUpperCase())).status).toBe(200)
  })

  it('Host and X-Forwarded-* never get into a link', async () => {
    await signUp()
    const url = new URL(harness.url)
    const body = JSON.stringify({ email: `${name}@example.com` })
    const spoofed = [
      'Host: evil.example.org',
      'X-Forwarded-Host: evil.example.org',
      'X-Forwarded-Proto: gopher',
      'X-Forwarded-Server: evil.example.org',
      'X-Forwarded-For: 6.6.6.6',
      'Forwarded: host=evil.example.org;proto=gopher',
      'X-Original-URL: //evil.example.org/',
      'Referer: https://evil.example.org/',
      'Origin: https://evil.example.org',
    ]
    const head = [
      'POST /xrpc/com.atproto.account.requestPasswordReset HTTP/1.1',
      ...spoofed,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ].join('\r\n')
    // An absolute request target, too, which Node hands on as it is.
    for (const target of ['/xrpc/', 'http://evil.example.org/xrpc/']) {
      expect(await raw(url, `${head.replace('/xrpc/', target)}\r\n\r\n${body}`)).toMatch(
        target === '/xrpc/' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 (?:200|404) /,
      )
    }
    await harness.accounts.runDueJobs()
    const mail = harness.mailbox.messages.at(-1)
    expect(mail?.to).toBe(`${name}@example.com`)
    const said = `${mail?.subject}\n${mail?.text}\n${mail?.html}`
    expect(said).not.toMatch(/evil|gopher|6\.6\.6\.6/)
    expect(said.match(/https?:\/\/[^/"\s]+\/[a-z]*/g)?.every((link) => link === PAGE)).toBe(true)
  })

  it('no Authorization header is answered with a 5xx', async () => {
    const values = [
      '',
      ' ',
      'Bearer',
      'Bearer  ',
      'Bearer\t',
      'bearer a b c',
      'Bearer ..',
      'Bearer ...',
      'Bearer .',
      'Bearer e30.e30.e30',
      'Bearer eyJhbGciOiJIUzI1NiJ9..',
      `Bearer ${'a'.repeat(8000)}`,
      `Bearer ${'.'.repeat(3000)}`,
      `Bearer ${Buffer.from('[]').toString('base64url')}.e30.`,
      `Bearer ${Buffer.from('null').toString('base64url')}.bnVsbA.`,
      `Bearer ${Buffer.from('{"alg":{"toString":1}}').toString('base64url')}.e30.x`,
      'Bearer \xff\xfe.\xff.\xff',
      'Basic',
      'Basic =',
      'Basic ====',
      'Basic %%%',
      'Basic Og==',
      'Basic OjpTOg==',
      `Basic ${Buffer.from('admin').toString('base64')}`,
      `Basic ${Buffer.from('admin:\0').toString('base64')}`,
      `Basic ${Buffer.from('\xff\xfe:\xff', 'latin1').toString('base64')}`,
      `Basic ${Buffer.from(`admin:${'x'.repeat(5000)}`).toString('base64')}`,
      'Digest username="admin"',
      'Negotiate YII=',
      ',,,',
      '"',
      'Bearer a, Bearer b',
    ]
    const methods = [
      'account.get',
      'account.delete',
      'account.createInviteCode',
      'session.get',
      'session.refresh',
      'session.delete',
    ]
    for (const authorization of values) {
      for (const method of methods) {
        const body = method === 'account.createInviteCode' ? { useCount: 1 } : undefined
        const { status } = await call(method, { authorization, body })
        expect([status, [400, 401].includes(status)]).toEqual([status, true])
      }
    }
    // Twice: Node keeps the first.
    const twice = `GET /xrpc/com.atproto.account.get HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Basic b\r\nConnection: close\r\n\r\n`
    expect(await raw(new URL(harness.url), twice)).toMatch(/^HTTP\/1\.1 4/)
    const admin = `Basic ${Buffer.from(`admin:${TEST_ADMIN_PASSWORD}`).toString('base64')}`
    expect(
      (await call('account.createInviteCode', { authorization: admin, body: { useCount: 1 } }))
        .status,
    ).toBe(200)
  })

  it('passwords count beyond the 72 bytes that bcrypt reads', async () => {
    const long = `${'x'.repeat(80)} first`
    await signUp({ password: long })
    expect((await logIn(`${'x'.repeat(80)} other`)).status).toBe(401)
    expect((await logIn('x'.repeat(80))).status).toBe(401)
    expect((await logIn(long)).status).toBe(200)
    const emoji = `${'🔑'.repeat(250)}first`
    expect((await reset(await resetCode(), emoji)).status).toBe(200)
    expect((await logIn(`${'🔑'.repeat(250)}other`)).status).toBe(401)
    expect((await logIn(emoji)).status).toBe(200)
    // bcrypt alone would stop at a NUL.
    expect((await reset(await resetCode(), 'before\0after first')).status).toBe(200)
    expect((await logIn('before\0after other')).status).toBe(401)
  })

  it('a stored hash with an absurd cost costs nobody any time', async () => {
    const { did } = await signUp()
    const real = bcrypt.hashSync(password, 4)
    for (const hash of [real.replace('$04$', '$31$'), real.replace('$04$', '$99$')]) {
      await sql`update lexwright_account.account set password_hash = ${hash} where did = ${did}`.execute(
        db,
      )
      const started = performance.now()
      expect((await logIn(password)).status).toBe(401)
      expect(performance.now() - started).toBeLessThan(2_000)
    }
  })

  it('a reset code is worth nothing after any other outcome', async () => {
    const { accessJwt } = await signUp()
    const authorization = `Bearer ${accessJwt}`
    const used = await resetCode()
    // A refused password does not cost it.
    expect((await reset(used, 'short')).error).toBe('InvalidPassword')
    expect((await reset(used)).status).toBe(200)
    expect((await reset(used)).error).toBe('InvalidToken')
    const superseded = await resetCode()
    const expired = await resetCode()
    expect((await reset(superseded)).error).toBe('InvalidToken')
    harness.clock.advance(10 * 60 + 1)
    expect((await reset(expired)).error).toBe('ExpiredToken')
    expect((await get(accessJwt)).error).toBe('ExpiredToken')
    const { accessJwt: fresh } = JSON.parse((await logIn('a whole new password')).text)
    const orphaned = await resetCode()
    await call('account.delete', { authorization: `Bearer ${fresh}` })
    expect((await reset(orphaned)).error).toBe('InvalidToken')
    expect((await call('account.delete', { authorization })).error).toBe('ExpiredToken')
  })

  it('bodies with prototype keys change nothing', async () => {
    await signUp()
    const bodies = [
      '{"__proto__":{"handle":"x.test","email":"x@example.com","password":"long enough to pass"}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      `{"handle":"y${name}.test","email":"y${name}@example.com","password":"${password}","__proto__":{"status":"active"}}`,
      '{"email":{"__proto__":{"toString":"x"}}}',
      '{"hasOwnProperty":1,"toString":1,"valueOf":1}',
      '{"__proto__":null}',
      '[{"__proto__":[]}]',
    ]
    for (const body of bodies) {
      for (const method of [
        'account.create',
        'account.requestPasswordReset',
        'account.resetPassword',
        'session.create',
      ]) {
        expect([200, 400]).toContain((await call(method, { body })).status)
      }
    }
    for (const field of ['isAdmin', 'handle', 'status', 'email']) {
      expect(Object.prototype).not.toHaveProperty(field)
    }
    expect((await logIn(password)).status).toBe(200)
    const query = '?__proto__=x&constructor=y&handle[__proto__]=z'
    const response = await fetch(`${harness.url}/xrpc/com.atproto.handle.resolve${query}`)
    expect(response.status).toBeLessThan(500)
  })
})

/** Bytes to a socket, bytes back. */
function raw({ hostname, port }: URL, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}

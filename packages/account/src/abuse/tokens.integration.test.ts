import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { TEST_ADMIN_PASSWORD, testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { type AttackTarget, openAttackTarget } from '@lexwright/testing/accounts/attack-target'
import { forgeJwt, readJwt } from '@lexwright/testing/accounts/jwt'

/** Attacks over real HTTP on a real PostgreSQL, one class per test. */
describe('abuse of tokens', () => {
  let target: AttackTarget
  beforeAll(async () => {
    target = await openAttackTarget()
  })
  afterAll(() => target.close())

  it('alg: none and confused algorithms are refused', async () => {
    const victim = target.person()
    const { accessJwt } = await victim.signUp()
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
      // A key inside the token is ignored.
      forgeJwt({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, payload, { secret: '\0\0\0' }),
      forgeJwt({ ...header, jku: 'https://evil.test/keys' }, payload, { secret: 'evil' }),
      forgeJwt({ ...header, crit: ['exp'], b64: false }, payload, { secret }),
    ]
    for (const jwt of forged) {
      expect(await target.get(jwt)).toMatchObject({ status: 400, error: 'InvalidToken' })
    }
  })

  it('a wrong typ, kid, aud, issuer or scope is refused even with a valid signature', async () => {
    const victim = target.person()
    const { accessJwt, refreshJwt } = await victim.signUp()
    const { header, payload } = readJwt(accessJwt)
    const { secrets } = await testModuleOptions()
    const secret = String(secrets.jwtKeys[0]?.secret)
    const sign = (headers: object, claims: object = {}) =>
      forgeJwt({ ...header, ...headers }, { ...payload, ...claims }, { secret })
    expect((await target.get(sign({}))).status).toBe(200)
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
      expect(await target.get(jwt)).toMatchObject({ status: 400, error: 'InvalidToken' })
    }
    for (const method of ['session.refresh', 'session.delete']) {
      expect(await target.call(method, { authorization: `Bearer ${accessJwt}` })).toMatchObject({
        status: 400,
        error: 'InvalidToken',
      })
    }
  })

  it('tokens of a deleted or nonexistent account do nothing', async () => {
    const victim = target.person()
    const { accessJwt, refreshJwt } = await victim.signUp()
    const authorization = `Bearer ${accessJwt}`
    // Puts the token into the cache of verified tokens.
    expect((await target.get(accessJwt)).status).toBe(200)
    expect((await target.call('account.delete', { authorization })).status).toBe(200)
    for (const method of ['account.get', 'session.get', 'account.delete']) {
      expect(await target.call(method, { authorization })).toMatchObject({
        status: 400,
        error: 'ExpiredToken',
      })
    }
    const refresh = { authorization: `Bearer ${refreshJwt}` }
    expect(await target.call('session.refresh', refresh)).toMatchObject({
      status: 400,
      error: 'ExpiredToken',
    })
    expect((await target.call('session.delete', refresh)).status).toBe(200)
    const { secrets } = await testModuleOptions()
    const { header, payload } = readJwt(accessJwt)
    const stranger = forgeJwt(
      header,
      { ...payload, sub: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' },
      { secret: String(secrets.jwtKeys[0]?.secret) },
    )
    expect(await target.get(stranger)).toMatchObject({ status: 400, error: 'ExpiredToken' })
  })

  it('a refresh that races a deletion or a logout leaves no live token', async () => {
    for (let round = 0; round < 10; round++) {
      const victim = target.person()
      const { accessJwt, refreshJwt } = await victim.signUp()
      const end =
        round % 2 === 0
          ? () => target.call('account.delete', { authorization: `Bearer ${accessJwt}` })
          : () => target.call('session.delete', { authorization: `Bearer ${refreshJwt}` })
      const [, ...refreshed] = await Promise.all([
        end(),
        ...Array.from({ length: 5 }, () =>
          target.call('session.refresh', { authorization: `Bearer ${refreshJwt}` }),
        ),
      ])
      for (const { status, text } of refreshed) {
        if (status !== 200) continue
        const pair = JSON.parse(text)
        expect(await target.get(pair.accessJwt)).toMatchObject({ error: 'ExpiredToken' })
        expect(
          await target.call('session.refresh', { authorization: `Bearer ${pair.refreshJwt}` }),
        ).toMatchObject({ error: 'ExpiredToken' })
      }
    }
  })

  it('no Authorization header causes a 5xx', async () => {
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
        const { status } = await target.call(method, { authorization, body })
        expect([status, [400, 401].includes(status)]).toEqual([status, true])
      }
    }
    // With two headers Node keeps the first.
    const twice = `GET /xrpc/com.atproto.account.get HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Basic b\r\nConnection: close\r\n\r\n`
    expect(await target.raw(twice)).toMatch(/^HTTP\/1\.1 4/)
    const admin = `Basic ${Buffer.from(`admin:${TEST_ADMIN_PASSWORD}`).toString('base64')}`
    expect(
      (
        await target.call('account.createInviteCode', {
          authorization: admin,
          body: { useCount: 1 },
        })
      ).status,
    ).toBe(200)
  })
})

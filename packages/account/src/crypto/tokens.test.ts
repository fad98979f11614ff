import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createTokenSigner, TokenError, type TokenSignerOptions } from './tokens.ts'

const SECRET = 'first secret, thirty-two bytes or more'
const OTHER = 'other secret, thirty-two bytes or more'
const START = new Date('2026-01-01T00:00:00Z')
const CLAIMS = {
  did: 'did:plc:abcdefghijklmnopqrstuvwx',
  sessionId: 'session-1',
  jti: 'j0',
  epoch: 3,
  authTime: new Date('2025-12-31T23:59:00Z'),
}

function setup(options: Partial<TokenSignerOptions> = {}) {
  let now = START
  const signer = createTokenSigner({
    keys: [{ kid: 'k1', secret: SECRET }],
    issuer: 'did:web:pds.test',
    audience: 'did:web:pds.test',
    accessTtlSeconds: 7200,
    refreshTtlSeconds: 7_776_000,
    sessionTtlSeconds: 31_536_000,
    clock: { now: () => now },
    ...options,
  })
  return {
    signer,
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000)
    },
  }
}

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

function forge(header: unknown, payload: unknown, secret: string = SECRET): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

function part(jwt: string, index: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString())
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('was accepted'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof TokenError)) throw error
  return error.code
}

const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: 'k1' }
const seconds = START.getTime() / 1000
const PAYLOAD = {
  scope: 'com.atproto.access',
  iss: 'did:web:pds.test',
  aud: 'did:web:pds.test',
  sub: CLAIMS.did,
  sid: 's',
  epoch: 0,
  auth_time: seconds,
  iat: seconds,
  exp: seconds + 60,
}

describe('createTokenSigner', () => {
  it('issues an access token and reads it back', async () => {
    const { signer } = setup()
    const jwt = await signer.signAccess(CLAIMS)
    expect(part(jwt, 0)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
    expect(part(jwt, 1)).toEqual({
      scope: 'com.atproto.access',
      iss: 'did:web:pds.test',
      aud: 'did:web:pds.test',
      sub: CLAIMS.did,
      sid: 'session-1',
      epoch: 3,
      auth_time: seconds - 60,
      iat: seconds,
      exp: seconds + 7200,
      jti: 'j0',
    })
    expect(await signer.verifyAccess(jwt)).toEqual({
      ...CLAIMS,
      scope: 'access',
      issuedAt: START,
      expiresAt: new Date(START.getTime() + 7_200_000),
    })
  })

  it('issues a refresh token and reads it back', async () => {
    const { signer } = setup()
    const jwt = await signer.signRefresh({ ...CLAIMS, jti: 'j1' })
    expect(part(jwt, 0)).toEqual({ alg: 'HS256', typ: 'refresh+jwt', kid: 'k1' })
    expect(part(jwt, 1)).toMatchObject({ scope: 'com.atproto.refresh', jti: 'j1' })
    expect(await signer.verifyRefresh(jwt)).toMatchObject({ ...CLAIMS, jti: 'j1' })
  })

  it('does not accept one kind as the other', async () => {
    const { signer } = setup()
    const access = await signer.signAccess(CLAIMS)
    const refresh = await signer.signRefresh({ ...CLAIMS, jti: 'j1' })
    expect(await refusal(signer.verifyAccess(refresh))).toBe('wrong-kind')
    expect(await refusal(signer.verifyRefresh(access))).toBe('wrong-kind')
    // Even if only one of the two marks is forged.
    expect(
      await refusal(
        signer.verifyAccess(forge(HEADER, { ...PAYLOAD, scope: 'com.atproto.refresh' })),
      ),
    ).toBe('wrong-kind')
    expect(await refusal(signer.verifyAccess(forge({ ...HEADER, typ: 'JWT' }, PAYLOAD)))).toBe(
      'wrong-kind',
    )
  })

  it('lets a token expire, with at most 30 seconds of grace, cached or not', async () => {
    const { signer, pass } = setup()
    const jwt = await signer.signAccess(CLAIMS)
    await signer.verifyAccess(jwt)
    pass(7200 + 29)
    await signer.verifyAccess(jwt)
    pass(1)
    expect(await refusal(signer.verifyAccess(jwt))).toBe('expired')
  })

  it('accepts an expired refresh token only when asked to', async () => {
    const { signer, pass } = setup({ refreshTtlSeconds: 60 })
    const jwt = await signer.signRefresh({ ...CLAIMS, jti: 'j1' })
    pass(3600)
    expect(await refusal(signer.verifyRefresh(jwt))).toBe('expired')
    expect(await signer.verifyRefresh(jwt, { allowExpired: true })).toMatchObject({ jti: 'j1' })
    const access = await signer.signAccess(CLAIMS)
    pass(100_000)
    expect(await refusal(signer.verifyRefresh(access, { allowExpired: true }))).toBe('wrong-kind')
    expect(await refusal(signer.verifyRefresh(`${jwt}x`, { allowExpired: true }))).toBe(
      'bad-signature',
    )
  })

  it('signs with the newest key of the ring and verifies with all', async () => {
    const old = await setup().signer.signAccess(CLAIMS)
    const { signer } = setup({
      keys: [
        { kid: 'k2', secret: OTHER },
        { kid: 'k1', secret: SECRET },
      ],
    })
    expect(await signer.verifyAccess(old)).toMatchObject({ did: CLAIMS.did })
    expect(part(await signer.signAccess(CLAIMS), 0)).toMatchObject({ kid: 'k2' })
    const { signer: without } = setup({ keys: [{ kid: 'k2', secret: OTHER }] })
    expect(await refusal(without.verifyAccess(old))).toBe('bad-signature')
  })

  it('refuses tokens of another service', async () => {
    const foreign = await setup({ audience: 'did:web:other.test' }).signer.signAccess(CLAIMS)
    expect(await refusal(setup().signer.verifyAccess(foreign))).toBe('wrong-audience')
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'malformed'],
    ['one part', 'abc', 'malformed'],
    ['two parts', 'abc.def', 'malformed'],
    ['four parts', 'a.b.c.d', 'malformed'],
    ['an encrypted token', 'a.b.c.d.e', 'malformed'],
    ['no base64', '!.!.!', 'malformed'],
    ['a NUL', '\0.\0.\0', 'malformed'],
    ['a lone surrogate', '\ud800.\ud800.\ud800', 'malformed'],
    ['a header that is no JSON', forge('nonsense', PAYLOAD), 'malformed'],
    ['a header that is an array', forge([], PAYLOAD), 'malformed'],
    ['a payload that is no JSON', forge(HEADER, 'nonsense'), 'malformed'],
    ['a payload that is null', forge(HEADER, null), 'malformed'],
    ['a payload that is an array', forge(HEADER, []), 'malformed'],
    ['a megabyte', 'a'.repeat(1_000_000), 'malformed'],
    ['a critical extension', forge({ ...HEADER, crit: ['x'], x: 1 }, PAYLOAD), 'malformed'],
    ['alg none', `${encode({ ...HEADER, alg: 'none' })}.${encode(PAYLOAD)}.`, 'bad-signature'],
    ['alg HS512', forge({ ...HEADER, alg: 'HS512' }, PAYLOAD), 'bad-signature'],
    ['alg RS256', forge({ ...HEADER, alg: 'RS256' }, PAYLOAD), 'bad-signature'],
    ['a key of somebody else', forge(HEADER, PAYLOAD, OTHER), 'bad-signature'],
    ['an unknown kid', forge({ ...HEADER, kid: 'k9' }, PAYLOAD), 'bad-signature'],
    ['a kid of a prototype', forge({ ...HEADER, kid: '__proto__' }, PAYLOAD), 'bad-signature'],
    ['no kid', forge({ ...HEADER, kid: undefined }, PAYLOAD), 'bad-signature'],
    ['another issuer', forge(HEADER, { ...PAYLOAD, iss: 'did:web:evil.test' }), 'malformed'],
    ['no audience', forge(HEADER, { ...PAYLOAD, aud: undefined }), 'malformed'],
    ['a subject that is a number', forge(HEADER, { ...PAYLOAD, sub: 7 }), 'malformed'],
    ['no session', forge(HEADER, { ...PAYLOAD, sid: undefined }), 'malformed'],
    ['an epoch that is text', forge(HEADER, { ...PAYLOAD, epoch: '0' }), 'malformed'],
    ['no auth_time', forge(HEADER, { ...PAYLOAD, auth_time: null }), 'malformed'],
    ['an exp that is text', forge(HEADER, { ...PAYLOAD, exp: '9999999999' }), 'malformed'],
    ['an exp beyond all dates', forge(HEADER, { ...PAYLOAD, exp: 9e15 }), 'malformed'],
    ['an exp that is not whole', forge(HEADER, { ...PAYLOAD, exp: seconds + 60.5 }), 'malformed'],
    [
      'an iat of tomorrow',
      forge(HEADER, { ...PAYLOAD, iat: seconds + 86_400, exp: seconds + 99_999 }),
      'malformed',
    ],
    ['an nbf of tomorrow', forge(HEADER, { ...PAYLOAD, nbf: seconds + 86_400 }), 'malformed'],
    ['an exp of yesterday', forge(HEADER, { ...PAYLOAD, exp: seconds - 86_400 }), 'expired'],
  ])('refuses %s', async (_, jwt, code) => {
    const { signer } = setup()
    expect(await refusal(signer.verifyAccess(jwt))).toBe(code)
  })

  it('accepts the unforged token', async () => {
    expect(await setup().signer.verifyAccess(forge(HEADER, PAYLOAD))).toMatchObject({
      sessionId: 's',
    })
  })

  it('refuses a token with any one character changed', async () => {
    const { signer } = setup()
    const jwt = await signer.signAccess(CLAIMS)
    await signer.verifyAccess(jwt)
    for (let i = 0; i < jwt.length - 1; i++) {
      const changed = `${jwt.slice(0, i)}${jwt[i] === 'A' ? 'B' : 'A'}${jwt.slice(i + 1)}`
      if (changed !== jwt) await expect(signer.verifyAccess(changed)).rejects.toThrow(TokenError)
    }
  })

  it.each<[string, TokenSignerOptions['keys']]>([
    ['an empty ring', []],
    ['a short secret', [{ kid: 'k', secret: 'x'.repeat(31) }]],
    [
      'a kid twice',
      [
        { kid: 'k', secret: SECRET },
        { kid: 'k', secret: OTHER },
      ],
    ],
  ])('refuses to start with %s', (_, keys) => {
    expect(() => setup({ keys })).toThrow(RangeError)
  })
})

import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { alice, hostAt } from '../proxy/testing/local-hosts.ts'
import { createEntrywayTokens, type EntrywayTokens } from './entryway-tokens.ts'
import { createAppKey } from './keys.ts'

const KEY = '11'.repeat(32)
const OTHER = '22'.repeat(32)
const ENTRYWAY = 'did:web:entryway.test'
const NOW = new Date('2026-01-01T00:00:00Z')
const seconds = NOW.getTime() / 1000
const CLAIMS = {
  iss: ENTRYWAY,
  aud: 'did:web:a.test',
  sub: alice,
  scope: 'com.atproto.access',
  iat: seconds,
  exp: seconds + 60,
}
const CHECK = { typ: 'at+jwt', now: NOW, allowExpired: false }

async function setup(options: { readonly key?: string; readonly previous?: string[] } = {}) {
  const accounts = new Map([[alice, hostAt('a', 'http://a.test')]])
  const tokens = await createEntrywayTokens({
    serviceDid: ENTRYWAY,
    privateKeyHex: options.key ?? KEY,
    previousPublicKeysHex: options.previous ?? [],
    hosts: { byAccount: async (did) => accounts.get(did) },
  })
  return { accounts, tokens }
}

function part(jwt: string, index: number): unknown {
  return JSON.parse(Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString())
}

async function flaw(tokens: EntrywayTokens, jwt: string, check = CHECK): Promise<string> {
  const error = await tokens.verify(jwt, check).then(
    () => ({ code: 'none' }),
    (reason) => reason,
  )
  return error.code
}

/**
 * Verifies like the official PDS, which accepts the public key compressed or not and needs no
 * `kid`.
 */
function isSignedBy(publicKeyHex: string, jwt: string): boolean {
  const prefix = '3056301006072a8648ce3d020106052b8104000a034200'
  const der = Buffer.from(prefix + publicKeyHex, 'hex')
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const [head, body, signature = ''] = jwt.split('.')
  const signed = Buffer.from(`${head}.${body}`)
  return verify(
    'sha256',
    signed,
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
}

describe('a token of the entryway', () => {
  it('is ES256K without a key id, and its claims survive a round trip', async () => {
    const { tokens } = await setup()
    const jwt = await tokens.sign('at+jwt', CLAIMS)
    expect([part(jwt, 0), part(jwt, 1)]).toEqual([{ typ: 'at+jwt', alg: 'ES256K' }, CLAIMS])
    expect(isSignedBy(tokens.publicKeyHex, jwt)).toBe(true)
    expect(await tokens.verify(jwt, CHECK)).toEqual(CLAIMS)
  })

  it('is the same for the same claims', async () => {
    const { tokens } = await setup()
    expect(await tokens.sign('at+jwt', CLAIMS)).toBe(await tokens.sign('at+jwt', CLAIMS))
  })

  it('of a previous key is valid while that key is configured, in either form', async () => {
    const { tokens: before } = await setup({ key: OTHER })
    const jwt = await before.sign('at+jwt', CLAIMS)
    expect(await flaw((await setup()).tokens, jwt)).toBe('bad-signature')
    const { publicKeyHex } = before
    const sign = Number.parseInt(publicKeyHex.slice(-1), 16) % 2 === 0 ? '02' : '03'
    for (const previous of [publicKeyHex, sign + publicKeyHex.slice(2, 66)]) {
      const { tokens } = await setup({ previous: [previous] })
      expect(await flaw(tokens, jwt)).toBe('none')
    }
  })

  it('is refused with another signature, algorithm, type or issuer', async () => {
    const { tokens } = await setup()
    const jwt = await tokens.sign('at+jwt', CLAIMS)
    const [head = '', body = '', signature = ''] = jwt.split('.')
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(await flaw(tokens, `${head}.${header({ ...CLAIMS, sub: 'x' })}.${signature}`)).toBe(
      'bad-signature',
    )
    expect(await flaw(tokens, `${header({ typ: 'at+jwt', alg: 'none' })}.${body}.`)).toBe(
      'bad-signature',
    )
    expect(
      await flaw(tokens, `${header({ typ: 'at+jwt', alg: 'HS256' })}.${body}.${signature}`),
    ).toBe('bad-signature')
    expect(await flaw(tokens, await tokens.sign('refresh+jwt', CLAIMS))).toBe('wrong-kind')
    expect(await flaw(tokens, await tokens.sign('at+jwt', { ...CLAIMS, iss: 'did:web:x' }))).toBe(
      'malformed',
    )
    for (const nonsense of ['', 'a.b', 'a.b.c.d', 'a.b.c', `${jwt}.`, 'x'.repeat(5000)]) {
      expect(await flaw(tokens, nonsense)).toBe('malformed')
    }
  })

  it('expires with 30 seconds of tolerance, unless expired tokens are allowed', async () => {
    const { tokens } = await setup()
    const jwt = await tokens.sign('at+jwt', CLAIMS)
    const at = (later: number) => ({ ...CHECK, now: new Date(NOW.getTime() + later * 1000) })
    expect(await flaw(tokens, jwt, at(60 + 29))).toBe('none')
    expect(await flaw(tokens, jwt, at(60 + 30))).toBe('expired')
    expect(await flaw(tokens, jwt, { ...at(100_000), allowExpired: true })).toBe('none')
    expect(await flaw(tokens, await tokens.sign('at+jwt', { ...CLAIMS, exp: 'never' }))).toBe(
      'malformed',
    )
  })
})

describe('its audience', () => {
  it('is the PDS of the account for access tokens, otherwise the entryway', async () => {
    const { tokens } = await setup()
    expect(await tokens.audienceOf('access', alice)).toBe('did:web:a.test')
    expect(await tokens.audienceOf('refresh', alice)).toBe(ENTRYWAY)
    expect(await tokens.audienceOf('access', 'did:plc:nowhere')).toBe(ENTRYWAY)
  })

  it('follows a move made in another process', async () => {
    const { accounts, tokens } = await setup()
    const check = async (audience: string) =>
      (await tokens.checkAudience?.('access', { did: alice, audience }).then(
        () => 'good',
        (error) => error.code,
      )) ?? 'unchecked'
    expect(await check('did:web:a.test')).toBe('good')
    accounts.set(alice, hostAt('b', 'http://b.test'))
    expect((await tokens.hosts.byAccount(alice))?.did).toBe('did:web:a.test')
    expect(await tokens.audienceOf('access', alice)).toBe('did:web:b.test')
    expect(await check('did:web:b.test')).toBe('good')
    expect(await check('did:web:a.test')).toBe('stale-audience')
  })

  it('is checked for refresh tokens too', async () => {
    const { tokens } = await setup()
    const check = (audience: unknown) => tokens.checkAudience?.('refresh', { did: alice, audience })
    await expect(check(ENTRYWAY)).resolves.toBeUndefined()
    await expect(check('did:web:a.test')).rejects.toMatchObject({ code: 'wrong-audience' })
  })
})

it.each([
  ['an invalid private key', '00'.repeat(32), undefined],
  ['a private key that is too short', '11'.repeat(16), undefined],
  ['a public key that is not on the curve', KEY, `02${'ff'.repeat(32)}`],
  ['no hexadecimal', KEY, 'zz'],
])('refuses %s', async (_, key, previous) => {
  const options = { key, ...(previous !== undefined && { previous: [previous] }) }
  await expect(setup(options)).rejects.toThrow(RangeError)
})

it('the key for tokens of apps is that of session tokens, without `kid`', async () => {
  const { tokens } = await setup()
  const { x = '', y = '', d = '', ...rest } = await createAppKey(KEY)
  const hex = (part: string) => Buffer.from(part, 'base64url').toString('hex')
  expect([`04${hex(x)}${hex(y)}`, hex(d)]).toEqual([tokens.publicKeyHex, KEY])
  expect(rest).toEqual({ kty: 'EC', crv: 'secp256k1', alg: 'ES256K' })
})

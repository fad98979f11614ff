import { createSecretKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secp256k1Keypair, verifySignature } from '@atproto/crypto'
import { JoseKey } from '@atproto/oauth-provider/provider'
import { OAuthVerifier } from '@atproto/oauth-provider/verifier'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createAuthorizationServer } from './create-authorization-server.ts'
import { createResourceServer } from './create-resource-server.ts'
import { rememberingKeyset } from './provider/remembering-keyset.ts'
import { createTestApp, type TestApp, type Tokens } from './testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'

const GET_SESSION = 'com.atproto.server.getSession'

function newKey(): JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ format: 'jwk' })
}

function publicPart({ d: _secret, ...jwk }: JsonWebKey): JsonWebKey {
  return jwk
}

const [oldKey, newerKey] = [newKey(), newKey()]

describe('tokens for servers elsewhere', () => {
  let database: TestDatabase
  let service: OAuthService
  let app: TestApp
  let tokens: Tokens
  const hosts: { readonly url: string; readonly http: Server }[] = []
  const dead = new Set<string>()

  /** A PDS with the public keys of the authorization server. */
  const startHost = async (audience: string, keys: readonly JsonWebKey[]) => {
    const server = createServer()
    const http = createHttpServer()
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const host = createResourceServer({
      issuer: service.origin,
      keys: keys.map((key) => ({ ...publicPart(key) })),
      audience,
      publicUrl: url,
      secrets: ['a secret of the host, 32 bytes or more'],
      findAccount: async (did) =>
        dead.has(did) ? undefined : { handle: 'alice.test', deactivated: false },
    })
    server.xrpc.method(GET_SESSION, {
      auth: host.auth.method({
        authorize: (permissions) =>
          permissions.assertRepo({ action: 'create', collection: 'com.example.post' }),
      }),
      handler: ({ auth }: { auth: { credentials: { did: string; handle: string } } }) => {
        const { did, handle } = auth.credentials
        return { encoding: 'application/json', body: { did, handle } }
      },
    })
    http.on('request', server.createListener({ middleware: [host.middleware] }))
    hosts.push({ url, http })
    return url
  }

  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({
      db: () => database.db,
      oauth: {
        resources: 'elsewhere',
        scopeReferences: true,
        signingKeys: [{ ...oldKey, alg: 'ES256K' }],
        audience: async () => 'did:web:pds-a.test',
      },
    })
    await service.create('alice')
    app = await createTestApp(service.origin)
    tokens = await app.logIn({ username: 'alice.test', password: PASSWORD })
  })
  afterAll(async () => {
    for (const { http } of hosts) {
      http.closeAllConnections()
      http.close()
    }
    await service.close()
    await database.close()
  })

  /** Calls a host with a proof for its own address. */
  const call = (url: string) =>
    app.call(GET_SESSION, tokens, { at: url, proof: { htu: `${url}/xrpc/${GET_SESSION}` } })

  const json = async (url: string): Promise<unknown> => await (await fetch(url)).json()

  it('verify on an official PDS: ES256K without a key id, for the PDS of the account', async () => {
    const [header = '', payload = '', signature = ''] = tokens.access_token.split('.')
    const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(parse(header)).toEqual({ typ: 'at+jwt', alg: 'ES256K' })
    const claims = parse(payload)
    expect(claims).toMatchObject({
      aud: 'did:web:pds-a.test',
      iss: service.origin,
      sub: tokens.sub,
      scope: 'atproto transition:generic',
    })
    expect(claims.exp - claims.iat).toBe(15 * 60)
    const keypair = await Secp256k1Keypair.import(Buffer.from(oldKey.d ?? '', 'base64url'))
    expect(
      await verifySignature(
        keypair.did(),
        Buffer.from(`${header}.${payload}`),
        Buffer.from(signature, 'base64url'),
        { allowMalleableSig: true },
      ),
    ).toBe(true)
    expect(await json(`${service.origin}/oauth/jwks`)).toEqual({ keys: [] })
    const metadata = await json(`${service.origin}/.well-known/oauth-authorization-server`)
    expect(metadata).not.toHaveProperty('protected_resources')
  })

  it('are valid only there, also while a host waits for the next key', async () => {
    const here = await startHost('did:web:pds-a.test', [newerKey, oldKey])
    const other = await startHost('did:web:pds-b.test', [oldKey])
    const late = await startHost('did:web:pds-a.test', [newerKey])
    const first = await call(here)
    expect(first.body).toEqual({ did: tokens.sub, handle: 'alice.test' })
    for (const url of [other, late]) {
      const { status, headers } = await call(url)
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
    expect(await json(`${here}/.well-known/oauth-protected-resource`)).toMatchObject({
      authorization_servers: [service.origin],
      resource: here,
    })
    const bearer = await fetch(`${here}/xrpc/${GET_SESSION}`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(bearer.status).toBe(401)
    dead.add(tokens.sub)
    expect((await call(here)).status).toBe(401)
  })

  it('refer to a long scope, which hosts look up', async () => {
    const collections = Array.from({ length: 50 }, (_, n) => `repo:com.example.collection${n}`)
    const scope = ['atproto', ...collections].join(' ')
    const long = await createTestApp(service.origin, scope)
    const { access_token, scope: granted } = await long.logIn({
      username: 'alice.test',
      password: PASSWORD,
    })
    expect(granted.split(' ').sort()).toEqual(scope.split(' ').sort())
    const [, payload = ''] = access_token.split('.')
    const { scope: reference } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(reference).toMatch(/^ref:[\w-]{43}$/)
    const ask = async (asked: string) => {
      const query = new URLSearchParams({ scope: asked })
      const url = `${service.origin}/xrpc/com.atproto.temp.dereferenceScope?${query}`
      const response = await fetch(url)
      return [response.status, await response.json()]
    }
    expect(await ask(reference)).toEqual([200, { scope: granted }])
    for (const unknown of ['', 'ref:', reference.slice('ref:'.length), `${reference}x`]) {
      expect(await ask(unknown)).toMatchObject([400, { error: 'InvalidScopeReference' }])
    }
  })

  it('have a maximum lifetime and need keys', async () => {
    const { accounts, origin: issuer } = service
    const common = {
      accounts,
      issuer,
      secrets: ['a secret of the tests, 32 bytes or more'],
      resources: 'elsewhere',
    } as const
    await expect(createAuthorizationServer(common).start()).rejects.toThrow('signingKeys')
    const long = { ...common, signingKeys: [{ ...oldKey }], accessTokenTtl: 3600 }
    await expect(createAuthorizationServer(long).start()).rejects.toThrow('accessTokenTtl')
    expect(() => createAuthorizationServer({ ...common, issuer: 'http://example.com' })).toThrow(
      'issuer',
    )
    expect(() => createAuthorizationServer({ ...common, secrets: ['short'] })).toThrow('32 bytes')
  })
})

it('a token is verified once, and refused once it expires', async () => {
  const [key, other] = await Promise.all(
    [1, 2].map((n) => JoseKey.fromKeyLike(createSecretKey(Buffer.alloc(32, n)), `${n}`, 'HS256')),
  )
  if (key === undefined || other === undefined) throw new Error('There are two')
  const issuer = 'https://pds.example.com'
  const verifierOf = (signer: JoseKey) =>
    new OAuthVerifier({ issuer, keyset: rememberingKeyset([signer]), dpopSecret: false })
  const verifier = verifierOf(key)
  const check = jest.spyOn(key, 'verifyJwt')
  const now = Math.floor(Date.now() / 1000)
  const claims = { jti: `tok-${'0'.repeat(32)}`, sub: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', iat: now }
  const sign = ({ signer }: OAuthVerifier, exp: number) =>
    signer.createAccessToken({ ...claims, exp } as never)
  const present = (token: string) =>
    verifier.authenticateRequest('GET', new URL(issuer), { authorization: `Bearer ${token}` })

  const token = await sign(verifier, now + 60)
  for (let call = 0; call < 3; call++) expect(await present(token)).toMatchObject(claims)
  expect(check).toHaveBeenCalledTimes(1)
  await expect(present(`${token.slice(0, -4)}AAAA`)).rejects.toThrow()
  await expect(present(await sign(verifierOf(other), now + 60))).rejects.toThrow()
  jest.useFakeTimers({ now: (now + 61) * 1000, doNotFake: ['nextTick', 'queueMicrotask'] })
  await expect(present(token)).rejects.toThrow('expired')
  jest.useRealTimers()
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DidDocument } from '@atproto/common-web'
import { type Keypair, P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals'
import express from 'express'
import { WebSocket } from 'ws'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request, type TestAnswer } from '../testing.ts'
import { createServiceAuth } from './create-service-auth.ts'
import { createMemoryReplayStore } from './replay-store.ts'
import { type ServiceAuthOptions, type ServiceCredentials, serviceAuth } from './service-auth.ts'
import type { DidResolver } from './signing-keys.ts'

const alice = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
const bob = 'did:web:bob.test'
const service = 'did:web:feeds.test'
const nsid = 'io.example.verified'

/** A directory of DID documents; what it was asked for, and what it answers. */
const asked: string[] = []
const directory = new Map<string, object>()
const http = createServer((req, res) => {
  const did = decodeURIComponent((req.url ?? '').slice(1))
  asked.push(did)
  const document = directory.get(did)
  res.statusCode = document ? 200 : 404
  res.end(JSON.stringify(document ?? {}))
})
let origin = ''
let aliceKey: Keypair
let bobKey: Keypair

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  aliceKey = await Secp256k1Keypair.create()
  bobKey = await P256Keypair.create()
})
afterAll(() => new Promise((resolve) => http.close(resolve)))
beforeEach(() => {
  asked.length = 0
  directory.clear()
  publish(alice, aliceKey)
  publish(bob, bobKey)
})
afterEach(() => {
  jest.useRealTimers()
})

const resolver: DidResolver = {
  resolve: async (did) => {
    const response = await fetch(`${origin}/${encodeURIComponent(did)}`)
    return response.status === 404 ? null : ((await response.json()) as DidDocument)
  },
}

function publish(did: string, key: Keypair, name = 'atproto', type = 'Multikey'): void {
  const publicKeyMultibase = key.did().slice('did:key:'.length)
  const method = { id: `${did}#${name}`, type, controller: did, publicKeyMultibase }
  directory.set(did, { id: did, verificationMethod: [method] })
}

interface Claims {
  readonly iss?: string
  readonly aud?: string
  readonly lxm?: string | null
  readonly exp?: number
  readonly keypair?: Keypair
}

async function tokenOf(claims: Claims = {}): Promise<string> {
  return await createServiceJwt({
    iss: alice,
    aud: service,
    lxm: nsid,
    keypair: aliceKey,
    ...claims,
  })
}

function serve(options: Partial<ServiceAuthOptions> = {}): XrpcService {
  const server = serviceOf(documents)
  const auth = serviceAuth({ audience: service, resolver, ...options })
  const handler = ({ auth }: { auth: { credentials: ServiceCredentials } }) => ({
    encoding: 'application/json',
    body: { seen: JSON.stringify(auth.credentials) },
  })
  for (const name of [nsid, 'io.example.params']) server.method(name, { auth, handler })
  return server
}

async function call(server: XrpcService, token: string): Promise<TestAnswer> {
  return await request(server, nsid, { headers: { authorization: `Bearer ${token}` } })
}

/** The status, and the name of the error. */
async function outcome(server: XrpcService, token: string): Promise<unknown> {
  const { status, body } = await call(server, token)
  return status === 200 ? status : `${status} ${(body as { error: string }).error}`
}

/** A token with other claims under its own signature. */
async function forged(change: object, header: object = { alg: 'ES256K', typ: 'JWT' }) {
  const [, payload = ''] = (await tokenOf()).split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...change }
  const parts = [header, claims].map((part) => encode(JSON.stringify(part)))
  const signature = await aliceKey.sign(Buffer.from(parts.join('.')))
  return [...parts, Buffer.from(signature).toString('base64url')].join('.')
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

describe('a token', () => {
  it('of the caller names it to the handler', async () => {
    const { status, body } = await call(serve(), await tokenOf())
    expect([status, JSON.parse((body as { seen: string }).seen)]).toEqual([
      200,
      { type: 'service', did: alice, iss: alice, aud: service },
    ])
  })

  it('is that of createServiceAuth', async () => {
    const headersFor = createServiceAuth({ iss: bob, aud: service, keypair: bobKey })
    const answer = await request(serve(), nsid, { headers: await headersFor(nsid) })
    expect(answer.status).toBe(200)
  })

  it('is read whatever the case of the scheme, and on the stock server too', async () => {
    const server = serve()
    const authorization = `bearer ${await tokenOf()}`
    for (const headers of [{ authorization }, { authorization, 'if-none-match': '"x"' }]) {
      expect((await request(server, nsid, { headers })).status).toBe(200)
    }
  })

  it('is bound to the method also where an application mounts it below a path', async () => {
    const app = express()
    app.use('/api', serve().listener)
    const mounted = app.listen(0, '127.0.0.1')
    try {
      await once(mounted, 'listening')
      const url = `http://127.0.0.1:${(mounted.address() as AddressInfo).port}/api/xrpc/`
      const authorization = `Bearer ${await tokenOf()}`
      for (const headers of [{ authorization }, { authorization, 'if-none-match': '"x"' }]) {
        expect((await fetch(url + nsid, { headers })).status).toBe(200)
        expect((await fetch(`${url}io.example.params`, { headers })).status).toBe(401)
      }
    } finally {
      mounted.close()
    }
  })

  it.each([
    ['Multikey', 'k256'],
    ['EcdsaSecp256k1VerificationKey2019', 'k256'],
    ['Multikey', 'p256'],
    ['EcdsaSecp256r1VerificationKey2019', 'p256'],
  ])('is verified with a key of the type %s (%s)', async (type, curve) => {
    const keypair = curve === 'k256' ? aliceKey : bobKey
    publish(alice, keypair, 'atproto', type)
    if (type !== 'Multikey') {
      // The older types hold the point of the curve, uncompressed and without a prefix.
      const point = (keypair as Secp256k1Keypair).publicKeyBytes()
      const [method] = (directory.get(alice) as { verificationMethod: object[] }).verificationMethod
      Object.assign(method ?? {}, { publicKeyMultibase: `f${Buffer.from(point).toString('hex')}` })
    }
    expect(await outcome(serve(), await tokenOf({ keypair }))).toBe(200)
  })

  it('of a labeler is signed with the key of its labels', async () => {
    publish(alice, bobKey, 'atproto_label')
    const iss = `${alice}#atproto_labeler`
    expect(await outcome(serve(), await tokenOf({ iss, keypair: bobKey }))).toBe(200)
    expect(await outcome(serve(), await tokenOf({ keypair: bobKey }))).toBe(
      '401 AuthenticationRequired',
    )
  })
})

describe('a refusal', () => {
  const now = () => Math.floor(Date.now() / 1000)

  it.each<[string, string, () => string | Promise<string>]>([
    ['MissingJwt', 'without a token', () => ''],
    ['BadJwt', 'of what is no token', () => 'nonsense'],
    ['BadJwt', 'of a header that is no JSON', async () => `x.${(await tokenOf()).split('.')[1]}.x`],
    ['BadJwt', 'of claims that are no JSON', () => `${encode('{}')}.x.x`],
    ['BadJwt', 'of claims that are no object', () => `${encode('{}')}.${encode('null')}.x`],
    ['BadJwt', 'without an end', () => forged({ exp: undefined })],
    ['BadJwtType', 'of an access token', () => forged({}, { alg: 'ES256K', typ: 'at+jwt' })],
    ['BadJwtType', 'of a proof', () => forged({}, { alg: 'ES256K', typ: 'dpop+jwt' })],
    ['JwtExpired', 'at its end', () => tokenOf({ exp: now() - 1 })],
    ['BadJwtAudience', 'for another service', () => tokenOf({ aud: 'did:web:else.test' })],
    ['BadJwtLexiconMethod', 'for another method', () => tokenOf({ lxm: 'io.example.params' })],
    ['BadJwtLexiconMethod', 'for no method', () => tokenOf({ lxm: null })],
    ['BadJwtIss', 'of what is no DID', () => tokenOf({ iss: 'alice.test' })],
    ['BadJwtIss', 'of a kind of DID without a document', () => tokenOf({ iss: aliceKey.did() })],
    ['BadJwtSignature', 'of the key of another', () => tokenOf({ keypair: bobKey })],
    ['BadJwtSignature', 'of another algorithm', () => forged({}, { alg: 'none' })],
    ['AuthenticationRequired', 'of an unknown DID', () => tokenOf({ iss: 'did:web:no.test' })],
  ])('is 401 %s %s', async (name, _, token) => {
    expect(await outcome(serve(), await token())).toBe(`401 ${name}`)
  })

  it('is 401 for a DID whose document has no usable key', async () => {
    directory.set(alice, { id: alice })
    expect(await outcome(serve(), await tokenOf())).toBe('401 AuthenticationRequired')
    publish(alice, aliceKey, 'atproto', 'UnknownKind')
    expect(await outcome(serve(), await tokenOf())).toBe('401 AuthenticationRequired')
  })

  it('is 502 when the document cannot be fetched, and nothing of it is kept', async () => {
    let isDown = true
    const failing: DidResolver = {
      resolve: async (did) => {
        if (isDown) throw new Error('connect ECONNREFUSED')
        return await resolver.resolve(did)
      },
    }
    const server = serve({ resolver: failing })
    expect(await outcome(server, await tokenOf())).toBe('502 UpstreamFailure')
    isDown = false
    expect(await outcome(server, await tokenOf())).toBe(200)
  })
})

describe('the audience', () => {
  const feed = `${service}#bsky_fg`
  it.each([
    [service, service, 200],
    [service, feed, 200],
    [feed, feed, 200],
    [feed, service, 200],
    [feed, `${service}#bsky_chat`, '401 BadJwtAudience'],
    [service, 'did:web:feeds.test.evil', '401 BadJwtAudience'],
    [feed, 'did:web:feeds.test#bsky_fg#more', '401 BadJwtAudience'],
    [['did:web:old.test', service], service, 200],
    [['did:web:old.test', service], 'did:web:old.test', 200],
  ])('%s takes tokens for %s: %s', async (audience, aud, expected) => {
    expect(await outcome(serve({ audience }), await tokenOf({ aud }))).toBe(expected)
  })

  it('is needed', () => {
    expect(() => serviceAuth({ audience: [], resolver })).toThrow('needs an audience')
  })
})

describe('keys', () => {
  it('are fetched once, by however many calls', async () => {
    const server = serve()
    const token = await tokenOf()
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(server, token)))
    expect(new Set(outcomes)).toEqual(new Set([200]))
    expect(await outcome(server, token)).toBe(200)
    expect(asked).toEqual([alice])
  })

  it('are fetched again when they are too old', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: everythingButDates })
    const server = serve({ keyCache: { maxAge: 60_000 } })
    for (const passed of [0, 60_000, 1]) {
      jest.setSystemTime(Date.now() + passed)
      expect(await outcome(server, await tokenOf())).toBe(200)
    }
    expect(asked).toEqual([alice, alice])
  })

  it('are kept for so many DIDs, those that have called last', async () => {
    const server = serve({ keyCache: { maxDids: 2 } })
    const carol = 'did:web:carol.test'
    publish(carol, bobKey)
    const callers = [alice, bob, alice, carol, alice, bob]
    for (const iss of callers) {
      const keypair = iss === alice ? aliceKey : bobKey
      expect(await outcome(server, await tokenOf({ iss, keypair }))).toBe(200)
    }
    expect(asked).toEqual([alice, bob, carol, bob])
  })

  it('that have changed are fetched once for all calls that find out', async () => {
    const server = serve()
    await call(server, await tokenOf())
    const keypair = await Secp256k1Keypair.create()
    publish(alice, keypair)
    const token = await tokenOf({ keypair })
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => outcome(server, token)))
    expect(new Set(outcomes)).toEqual(new Set([200]))
    expect(asked).toEqual([alice, alice])
    expect(await outcome(server, await tokenOf())).toBe('401 BadJwtSignature')
    expect(asked).toHaveLength(3)
  })

  it('that do not fit are asked for past the cache of the resolver', async () => {
    const forced: (boolean | undefined)[] = []
    const cached = new Map<string, unknown>()
    const caching: DidResolver = {
      resolve: async (did, forceRefresh) => {
        forced.push(forceRefresh)
        if (forceRefresh || !cached.has(did)) cached.set(did, await resolver.resolve(did))
        return cached.get(did) as DidDocument
      },
    }
    await caching.resolve(alice)
    publish(alice, bobKey)
    const server = serve({ resolver: caching })
    const token = await tokenOf({ keypair: bobKey })
    const outcomes = await Promise.all([outcome(server, token), outcome(server, token)])
    expect(outcomes).toEqual([200, 200])
    expect(forced).toEqual([undefined, false, true])
  })
})

const everythingButDates = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const satisfies readonly string[] as never

describe('a replay store', () => {
  const replayStore = createMemoryReplayStore()

  it('lets a token be used once, however many calls come at once', async () => {
    const server = serve({ replayStore })
    const token = await tokenOf()
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => outcome(server, token)))
    expect(outcomes.toSorted()).toEqual([200, '401 NonceNotUnique', '401 NonceNotUnique'])
    expect(await outcome(server, await tokenOf())).toBe(200)
  })

  it('counts tokens of each caller apart, and only those that are good', async () => {
    const server = serve({ replayStore: createMemoryReplayStore() })
    const jti = 'the same'
    expect(await outcome(server, await forged({ jti, iss: bob }))).toBe('401 BadJwtSignature')
    publish(bob, aliceKey)
    for (const iss of [alice, bob])
      expect(await outcome(server, await forged({ jti, iss }))).toBe(200)
    expect(await outcome(server, await forged({ jti, exp: 4_000_000_000 }))).toBe('401 JwtTooOld')
    expect(await outcome(server, await forged({ jti }))).toBe('401 NonceNotUnique')
  })

  it.each([undefined, '', 5])('refuses a token with the id %p', async (jti) => {
    expect(await outcome(serve({ replayStore }), await forged({ jti }))).toBe('401 BadJwt')
  })

  it('is told how long to remember a key of fixed length', async () => {
    const claims: [string, Date][] = []
    const server = serve({
      replayStore: { claim: async (...claim) => claims.push(claim) > 0 },
    })
    const exp = Math.floor(Date.now() / 1000) + 50
    expect(await outcome(server, await forged({ exp, jti: 'x'.repeat(5_000) }))).toBe(200)
    expect(claims).toEqual([[expect.stringMatching(/^[\w-]{43}$/), new Date(exp * 1000)]])
  })

  it('in memory forgets the oldest', () => {
    const store = createMemoryReplayStore({ maxTokens: 2 })
    const until = new Date()
    expect(['a', 'b', 'c', 'b', 'a'].map((key) => store.claim(key, until))).toEqual([
      true,
      true,
      true,
      false,
      true,
    ])
  })
})

describe('a subscription', () => {
  it('is admitted by the same verifier, for its own name', async () => {
    const server = serviceOf(documents)
    const auth = serviceAuth({ audience: service, resolver })
    server.streamMethod('io.example.subscribe', {
      auth,
      handler: async function* ({ auth }: { auth: { credentials: ServiceCredentials } }) {
        yield { $type: 'io.example.subscribe#tick', did: auth.credentials.did }
      },
    })
    const running = await server.listen({ host: '127.0.0.1' })
    try {
      const first = async (lxm: string): Promise<string> => {
        const headers = { authorization: `Bearer ${await tokenOf({ lxm })}` }
        const url = `ws://127.0.0.1:${running.port}/xrpc/io.example.subscribe?n=1`
        const socket = new WebSocket(url, { headers })
        return await new Promise((resolve, reject) => {
          socket.once('message', (frame) => resolve(String(frame)))
          socket.once('error', reject)
        })
      }
      expect(await first('io.example.subscribe')).toContain(alice)
      expect(await first(nsid)).toContain('BadJwtLexiconMethod')
    } finally {
      await running.close(0)
    }
  })
})

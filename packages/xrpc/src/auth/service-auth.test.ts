import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Secp256k1Keypair } from '@atproto/crypto'
import { describe, expect, it } from '@jest/globals'
import express from 'express'
import { WebSocket } from 'ws'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import {
  alice,
  aliceKey,
  bob,
  bobKey,
  call,
  directory,
  encode,
  forged,
  nsid,
  outcome,
  publish,
  resolver,
  serve,
  serveDirectory,
  service,
  tokenOf,
} from '../testing/service-tokens.ts'
import { request } from '../testing.ts'
import { createServiceAuth } from './create-service-auth.ts'
import { type ServiceCredentials, serviceAuth } from './service-auth.ts'
import type { DidResolver } from './signing-keys.ts'

serveDirectory()

describe('a token', () => {
  it('of the caller gives the handler its DID', async () => {
    const { status, body } = await call(serve(), await tokenOf())
    expect([status, JSON.parse((body as { seen: string }).seen)]).toEqual([
      200,
      { type: 'service', did: alice, iss: alice, aud: service },
    ])
  })

  it('from createServiceAuth is accepted', async () => {
    const headersFor = createServiceAuth({ iss: bob, aud: service, keypair: bobKey })
    const answer = await request(serve(), nsid, { headers: await headersFor(nsid) })
    expect(answer.status).toBe(200)
  })

  it('is accepted whatever the case of the scheme, on the stock server too', async () => {
    const server = serve()
    const authorization = `bearer ${await tokenOf()}`
    for (const headers of [{ authorization }, { authorization, 'if-none-match': '"x"' }]) {
      expect((await request(server, nsid, { headers })).status).toBe(200)
    }
  })

  it('is bound to the method when an application mounts it below a path', async () => {
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
      // The older types contain the curve point, uncompressed and without a prefix.
      const point = (keypair as Secp256k1Keypair).publicKeyBytes()
      const [method] = (directory.get(alice) as { verificationMethod: object[] }).verificationMethod
      Object.assign(method ?? {}, { publicKeyMultibase: `f${Buffer.from(point).toString('hex')}` })
    }
    expect(await outcome(serve(), await tokenOf({ keypair }))).toBe(200)
  })

  it('of a labeler is verified with its label key', async () => {
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
    ['BadJwtIss', 'of a did:web with a path', () => tokenOf({ iss: 'did:web:bob.test:user' })],
    ['BadJwtIss', 'of a malformed did:plc', () => tokenOf({ iss: 'did:plc:../other' })],
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

  it('is 502 when the document cannot be fetched, and is not cached', async () => {
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
  ])('%s accepts tokens for %s: %s', async (audience, aud, expected) => {
    expect(await outcome(serve({ audience }), await tokenOf({ aud }))).toBe(expected)
  })

  it('is required', () => {
    expect(() => serviceAuth({ audience: [], resolver })).toThrow('needs an audience')
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

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DidDocument } from '@atproto/common-web'
import { type Keypair, P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import {
  type ServiceAuthOptions,
  type ServiceCredentials,
  serviceAuth,
} from '../auth/service-auth.ts'
import type { DidResolver } from '../auth/signing-keys.ts'
import type { XrpcService } from '../server/xrpc-service.ts'
import { request, type TestAnswer } from '../testing.ts'
import { documents } from './documents.ts'
import { serviceOf } from './pair.ts'

export const alice = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
export const bob = 'did:web:bob.test'
export const service = 'did:web:feeds.test'
export const nsid = 'io.example.verified'

export const aliceKey: Keypair = await Secp256k1Keypair.create()
export const bobKey: Keypair = await P256Keypair.create()

/** The DIDs requested so far, and the documents. */
export const asked: string[] = []
export const directory: Map<string, object> = new Map()

/** Serves the documents over HTTP, those of Alice and Bob before each test. Call it once per test file. */
export function serveDirectory(): void {
  beforeAll(() => new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise((resolve) => http.close(resolve)))
  beforeEach(() => {
    asked.length = 0
    directory.clear()
    publish(alice, aliceKey)
    publish(bob, bobKey)
  })
}

const http = createServer((req, res) => {
  const did = decodeURIComponent((req.url ?? '').slice(1))
  asked.push(did)
  const document = directory.get(did)
  res.statusCode = document ? 200 : 404
  res.end(JSON.stringify(document ?? {}))
})

export const resolver: DidResolver = {
  resolve: async (did) => {
    const { port } = http.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(did)}`)
    return response.status === 404 ? null : ((await response.json()) as DidDocument)
  },
}

export function publish(did: string, key: Keypair, name = 'atproto', type = 'Multikey'): void {
  const publicKeyMultibase = key.did().slice('did:key:'.length)
  const method = { id: `${did}#${name}`, type, controller: did, publicKeyMultibase }
  directory.set(did, { id: did, verificationMethod: [method] })
}

export interface Claims {
  readonly iss?: string
  readonly aud?: string
  readonly lxm?: string | null
  readonly exp?: number
  readonly keypair?: Keypair
}

export async function tokenOf(claims: Claims = {}): Promise<string> {
  return await createServiceJwt({
    iss: alice,
    aud: service,
    lxm: nsid,
    keypair: aliceKey,
    ...claims,
  })
}

export function serve(options: Partial<ServiceAuthOptions> = {}): XrpcService {
  const server = serviceOf(documents)
  const auth = serviceAuth({ audience: service, resolver, ...options })
  const handler = ({ auth }: { auth: { credentials: ServiceCredentials } }) => ({
    encoding: 'application/json',
    body: { seen: JSON.stringify(auth.credentials) },
  })
  for (const name of [nsid, 'io.example.params']) server.method(name, { auth, handler })
  return server
}

export async function call(server: XrpcService, token: string): Promise<TestAnswer> {
  return await request(server, nsid, { headers: { authorization: `Bearer ${token}` } })
}

/** The status, and the name of the error. */
export async function outcome(server: XrpcService, token: string): Promise<unknown> {
  const { status, body } = await call(server, token)
  return status === 200 ? status : `${status} ${(body as { error: string }).error}`
}

/** A token with changed claims under its old signature. */
export async function forged(
  change: object,
  header: object = { alg: 'ES256K', typ: 'JWT' },
): Promise<string> {
  const [, payload = ''] = (await tokenOf()).split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...change }
  const parts = [header, claims].map((part) => encode(JSON.stringify(part)))
  const signature = await aliceKey.sign(Buffer.from(parts.join('.')))
  return [...parts, Buffer.from(signature).toString('base64url')].join('.')
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

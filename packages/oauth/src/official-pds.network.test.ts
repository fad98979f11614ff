import { generateKeyPairSync, type JsonWebKey, scryptSync } from 'node:crypto'
import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createEntrywayAccount } from '@lexwright/testing/official-pds/entryway-account'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { createAuthorizationServer } from './create-authorization-server.ts'
import type { OAuthMiddleware } from './http/middleware.ts'
import type { AuthorizationServerOptions } from './options.ts'
import { createTestApp, type TestApp, type Tokens } from './testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'

const CREATE_RECORD = 'com.atproto.repo.createRecord'
const PDS_DID = 'did:web:pds.test'
const account = { username: 'alice.test', password: PASSWORD }

/**
 * Without a key id: an official PDS has a single verification key for its entryway, without an id.
 */
function newKey(): JsonWebKey & { readonly alg: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256K' }
}

function publicHex({ x = '', y = '' }: JsonWebKey): string {
  return `04${Buffer.from(x, 'base64url').toString('hex')}${Buffer.from(y, 'base64url').toString('hex')}`
}

const KEY = 'PDS_ENTRYWAY_JWT_VERIFY_KEY_K256_PUBLIC_KEY_HEX'
const [oldKey, nextKey] = [newKey(), newKey()]

describe('an official PDS as resource server', () => {
  let database: TestDatabase
  let service: OAuthService
  let plc: PlcDirectory
  let pds: OfficialPds
  let did: string
  let app: TestApp
  /** The audience of all accounts. */
  let audience = PDS_DID
  let middleware: OAuthMiddleware
  const options = {
    resources: 'elsewhere',
    audience: () => audience,
  } satisfies Partial<AuthorizationServerOptions>

  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({
      db: () => database.db,
      oauth: { ...options, signingKeys: [oldKey] },
      serve: (_, oauth) => {
        middleware = oauth.middleware
        return (req, res) => middleware(req, res)
      },
    })
    plc = await startPlcDirectory()
    const rotationKey = await Secp256k1Keypair.create()
    pds = await startOfficialPds({
      plcUrl: plc.url,
      env: {
        PDS_SERVICE_DID: PDS_DID,
        PDS_ENTRYWAY_URL: service.origin,
        PDS_ENTRYWAY_DID: 'did:web:entryway.test',
        PDS_ENTRYWAY_PLC_ROTATION_KEY: rotationKey.did(),
        [KEY]: publicHex(oldKey),
      },
    })
    did = await createEntrywayAccount({ pds, rotationKey, handle: 'alice.test' })
    const salt = '00112233445566778899aabbccddeeff'
    const hash = `${salt}:${scryptSync(PASSWORD, salt, 64).toString('hex')}`
    const line = { did, handle: 'alice.test', email: 'alice@example.com', passwordHash: hash }
    const report = await service.accounts.operator.importAccounts([JSON.stringify(line)])
    expect(report.problems).toEqual([])
    app = await createTestApp(service.origin)
  })
  afterAll(async () => {
    await pds?.close()
    await plc?.close()
    await service.close()
    await database.close()
  })

  const post = (by: TestApp, tokens: Tokens, collection = 'app.bsky.feed.post') =>
    by.call(CREATE_RECORD, tokens, {
      at: pds.url,
      method: 'POST',
      proof: { htu: `${pds.url}/xrpc/${CREATE_RECORD}` },
      body: {
        repo: did,
        collection,
        record: { $type: collection, text: 'Hello', createdAt: new Date().toISOString() },
      },
    })

  it('names the authorization server to apps', async () => {
    const answer = await fetch(`${pds.url}/.well-known/oauth-protected-resource`)
    expect(await answer.json()).toMatchObject({
      resource: pds.url,
      authorization_servers: [service.origin],
    })
  })

  it('accepts a token within its permissions', async () => {
    const { status, body } = await post(app, await app.logIn(account))
    expect([status, body.uri]).toEqual([200, expect.stringContaining(`at://${did}/`)])
    const narrow = await createTestApp(service.origin, 'atproto repo:com.example.note')
    const tokens = await narrow.logIn(account)
    expect((await post(narrow, tokens, 'com.example.note')).status).toBe(200)
    const refused = await post(narrow, tokens)
    expect([refused.status, refused.body.error]).toEqual([403, 'ScopeMissingError'])
  })

  it('refuses a token for another PDS, with another key or without a proof', async () => {
    const refusal = /^DPoP .*error="invalid_token"/
    audience = 'did:web:elsewhere.test'
    const foreign = await post(app, await app.logIn(account))
    audience = PDS_DID
    expect([foreign.status, foreign.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(refusal),
    ])
    const stranger = await createTestApp(service.origin)
    expect((await post(stranger, await app.logIn(account))).status).toBe(401)
    const bearer = await fetch(`${pds.url}/xrpc/${CREATE_RECORD}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${(await app.logIn(account)).access_token}` },
    })
    expect(bearer.status).toBe(400)
  })

  it('gets a new key without a logout: apps only need to refresh', async () => {
    const tokens = await app.logIn(account)
    middleware = createAuthorizationServer({
      ...options,
      accounts: service.accounts,
      issuer: service.origin,
      secrets: ['a secret of the tests, 32 bytes or more'],
      signingKeys: [nextKey, oldKey],
    }).middleware
    expect((await post(app, tokens)).status).toBe(200)
    await pds.kill()
    await pds.start({ [KEY]: publicHex(nextKey) })
    const stale = await post(app, tokens)
    expect([stale.status, stale.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^DPoP .*error="invalid_token"/),
    ])
    const { status, body } = await app.refresh(tokens.refresh_token)
    expect(status).toBe(200)
    expect((await post(app, body)).status).toBe(200)
  })
})

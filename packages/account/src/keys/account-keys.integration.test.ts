import { verifySignature } from '@atproto/crypto'
import { verifyJwt } from '@atproto/xrpc-server'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { AccountNotFound, BadExpiration, BadTokenScope, ServiceAuthRefused } from '../errors.ts'

const HOUR = 60 * 60
const aud = 'did:web:feeds.test'

describe('the keys of accounts', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let secrets: Awaited<ReturnType<typeof testModuleOptions>>['secrets']
  let did: string
  // Token verifiers use the real time.
  const clock = createTestClock(new Date())

  beforeAll(async () => {
    database = await openAccountDatabase()
    secrets = (await testModuleOptions()).secrets
    harness = await openAccountHarness(database.db, {
      secrets,
      clock,
    })
    did = await create('alice')
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = async (name: string) => {
    const created = await harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )
    return created.did
  }
  const keyInDocument = async (of: string) => {
    const { rows } = await sql<{ operation: string }>`
      select operation from lexwright_account.did_log where did = ${of}
      order by position desc limit 1`.execute(database.db)
    return JSON.parse(rows[0]?.operation ?? '{}').verificationMethods.atproto
  }
  const now = () => Math.floor(Date.now() / 1000)

  it('sign with the key in the DID', async () => {
    const { keys } = harness.accounts
    const bytes = new TextEncoder().encode('a commit')
    const signature = await keys.sign(did, bytes)
    const publicKey = await keys.publicKey(did)
    expect(await verifySignature(publicKey, bytes, signature)).toBe(true)
    expect(publicKey).toBe(await keyInDocument(did))
    await expect(keys.sign('did:plc:nobody', bytes)).rejects.toThrow(AccountNotFound)
  })

  it('sign tokens for other services', async () => {
    const { keys } = harness.accounts
    const lxm = 'app.bsky.feed.getFeedSkeleton'
    const token = await keys.serviceAuth(did, { aud, lxm })
    const payload = await verifyJwt(token, aud, lxm, async (iss) => {
      expect(iss).toBe(did)
      return await keys.publicKey(did)
    })
    expect(payload).toMatchObject({ iss: did, aud, lxm })
    expect(payload.exp - now()).toBeLessThanOrEqual(60)
  })

  it('refuse tokens that last too long', async () => {
    const { keys } = harness.accounts
    const lxm = 'app.bsky.feed.getFeedSkeleton'
    await keys.serviceAuth(did, { aud, lxm, exp: now() + HOUR - 60 })
    await keys.serviceAuth(did, { aud, exp: now() + 30 })
    for (const request of [
      { aud, lxm, exp: now() - 60 },
      { aud, lxm, exp: Number.NaN },
      { aud, lxm, exp: now() + 2 * HOUR },
      { aud, exp: now() + 10 * 60 },
    ]) {
      await expect(keys.serviceAuth(did, request)).rejects.toThrow(BadExpiration)
    }
  })

  const updateHandle = 'com.atproto.identity.updateHandle'
  const createAccount = 'com.atproto.server.createAccount'
  it.each([
    [undefined, updateHandle, ServiceAuthRefused],
    [undefined, createAccount, undefined],
    [undefined, undefined, undefined],
    ['access', updateHandle, ServiceAuthRefused],
    ['access', 'chat.bsky.convo.listConvos', undefined],
    ['appPass', undefined, ServiceAuthRefused],
    ['appPass', createAccount, ServiceAuthRefused],
    ['appPass', 'chat.bsky.convo.listConvos', ServiceAuthRefused],
    ['appPass', 'app.bsky.feed.getTimeline', undefined],
    ['appPassPrivileged', 'chat.bsky.convo.listConvos', undefined],
    ['appPassPrivileged', updateHandle, ServiceAuthRefused],
    ['appPassPrivileged', undefined, ServiceAuthRefused],
    ['takendown', 'app.bsky.feed.getTimeline', BadTokenScope],
    ['takendown', undefined, BadTokenScope],
    ['takendown', createAccount, undefined],
  ] as const)('give a session with %s a token for %s: %p', async (scope, lxm, refusal) => {
    const token = harness.accounts.keys.serviceAuth(did, { aud, lxm, scope })
    if (refusal === undefined) expect(await token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    else await expect(token).rejects.toThrow(refusal)
  })

  it('are reserved by DID until they expire', async () => {
    const { service, runDueJobs } = harness.accounts
    const reserve = (of?: string) => service.reserveSigningKey(of, 'unlimited')
    const mine = await reserve('did:plc:coming')
    expect(await reserve('did:plc:coming')).toBe(mine)
    expect(await reserve()).not.toBe(await reserve())
    const raced = await Promise.all(Array.from({ length: 5 }, () => reserve('did:plc:raced')))
    expect(new Set(raced).size).toBe(1)
    clock.advance(25 * HOUR)
    expect(await reserve('did:plc:coming')).not.toBe(mine)
    clock.advance(25 * HOUR)
    await runDueJobs()
    const { rows } = await sql`select from lexwright_account.reserved_key`.execute(database.db)
    expect(rows).toHaveLength(0)
  })

  it('are replaced and kept for a while', async () => {
    const of = await create('bob')
    const { keys, operator, runDueJobs } = harness.accounts
    const former = await keys.publicKey(of)
    const next = await operator.replaceSigningKey('bob.test')
    expect(await keys.publicKey(of)).toBe(next)
    expect(await keyInDocument(of)).toBe(next)
    expect(new Set(await keys.verificationKeys(of))).toEqual(new Set([former, next]))
    const bytes = new Uint8Array(3)
    expect(await verifySignature(next, bytes, await keys.sign(of, bytes))).toBe(true)
    clock.advance(74 * HOUR)
    await runDueJobs()
    expect(await keys.verificationKeys(of)).toEqual([next])
  })

  it('are exported by the operator only, which is audited', async () => {
    const { keys, operator } = harness.accounts
    const exported = await operator.exportSigningKey('alice.test')
    expect(exported).toEqual({
      did,
      publicKey: await keys.publicKey(did),
      privateKeyHex: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const { events } = await operator.showAccount(did)
    expect(events.map(({ event }) => event)).toContain('signing-key.exported')
  })

  it('are resealed, reserved ones included', async () => {
    const reserved = await harness.accounts.service.reserveSigningKey('did:plc:later', 'unlimited')
    const rotated = await openAccountHarness(database.db, {
      clock,
      secrets: {
        ...secrets,
        keyEncryptionKey: new Uint8Array(32).fill(8),
        previousKeyEncryptionKeys: [secrets.keyEncryptionKey],
      },
    })
    await rotated.accounts.keys.sign(did, new Uint8Array(1))
    const { resealed, failed } = await rotated.accounts.operator.resealKeys()
    expect(failed).toEqual([])
    expect(resealed).toBeGreaterThan(2)
    expect(await rotated.accounts.operator.resealKeys()).toMatchObject({ resealed: 0, failed: [] })
    expect(await rotated.accounts.service.reserveSigningKey('did:plc:later', 'unlimited')).toBe(
      reserved,
    )
    await rotated.accounts.keys.sign(did, new Uint8Array(1))
    await rotated.close()
  })
})

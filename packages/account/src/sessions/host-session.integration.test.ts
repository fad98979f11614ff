import { InvalidRequestError } from '@atproto/xrpc-server'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { AccountDisabled, AccountNotFound, RateLimitExceeded, WrongCredentials } from '../errors.ts'

const password = 'correct horse battery'

describe('sessions begun by the host', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let did: string
  const asked: string[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db, {
      rateLimits: { wait: async () => {} },
      checkLogin: async ({ handle, authFactorToken }) => {
        asked.push(handle)
        if (handle === 'careful.test' && authFactorToken !== '123456') {
          throw new InvalidRequestError('One more factor, please', 'AuthFactorTokenRequired')
        }
      },
    })
    did = await create('alice')
    await create('careful')
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = async (name: string) => {
    const created = await harness.accounts.service.create(
      { handle: `${name}.test`, email: `${name}@example.com`, password },
      'unlimited',
    )
    return created.did
  }
  const caller = { address: '192.0.2.7' }

  it('begin without a password, for usable accounts', async () => {
    const { service, operator } = harness.accounts
    const { accessJwt, refreshJwt, handle } = await service.createSession(did)
    expect(handle).toBe('alice.test')
    const grant = await service.authenticate(accessJwt, { allowDisabled: false })
    expect(grant).toMatchObject({ did, handle: 'alice.test' })
    await service.refreshSession(refreshJwt, caller)
    await operator.disableAccount(did)
    await expect(service.createSession(did)).rejects.toThrow(AccountNotFound)
    await operator.enableAccount(did)
    await expect(service.createSession('did:plc:nobody')).rejects.toThrow(AccountNotFound)
  })

  it('can follow a counted password check, which begins none', async () => {
    const { service, operator } = harness.accounts
    const verify = (name: string, tried = password) =>
      service.verifyPassword({ name, password: tried }, caller)
    const { liveSessions } = await operator.showAccount(did)
    expect(await verify('alice@example.com')).toEqual({ did, handle: 'alice.test' })
    expect((await operator.showAccount(did)).liveSessions).toBe(liveSessions)
    for (const name of ['alice.test', 'nobody.test']) {
      await expect(verify(name, 'wrong')).rejects.toThrow(WrongCredentials)
    }
    await operator.disableAccount(did)
    await expect(verify('alice.test')).rejects.toThrow(AccountDisabled)
    await operator.enableAccount(did)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => verify('alice.test', 'wrong')),
    )
    const reasons = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(reasons.some((reason) => reason instanceof RateLimitExceeded)).toBe(true)
  })

  it('can be omitted, with the epoch for other grants', async () => {
    const { service, operator } = harness.accounts
    const authenticate = (tried: string) =>
      service.authenticateOwner({ name: 'frank.test', password: tried }, 'unlimited')
    const frank = await create('frank')
    const before = await authenticate(password)
    expect(before).toEqual({ did: frank, handle: 'frank.test', epoch: 0 })
    expect((await operator.showAccount(frank)).liveSessions).toBe(1)
    const app = await service.createAppPassword({ did: frank, name: 'app' })
    await expect(authenticate(app.password)).rejects.toThrow(WrongCredentials)
    await expect(authenticate('wrong')).rejects.toThrow(WrongCredentials)

    await operator.disableAccount(frank)
    await expect(authenticate(password)).rejects.toThrow(AccountDisabled)
    await operator.enableAccount(frank)
    const enabled = await authenticate(password)
    expect(enabled.epoch).toBeGreaterThan(before.epoch)
    await operator.setPassword(frank, 'another horse battery')
    await expect(authenticate(password)).rejects.toThrow(WrongCredentials)
    expect((await authenticate('another horse battery')).epoch).toBeGreaterThan(enabled.epoch)
  })

  it('require a factor of the host after the right password', async () => {
    const { service } = harness.accounts
    const logIn = (tried: string, authFactorToken?: string) =>
      service.logIn({ name: 'careful.test', password: tried, authFactorToken }, 'unlimited')
    asked.length = 0
    await expect(logIn('wrong')).rejects.toThrow(WrongCredentials)
    expect(asked).toEqual([])
    await expect(logIn(password)).rejects.toThrow('One more factor')
    expect((await logIn(password, '123456')).handle).toBe('careful.test')
  })
})

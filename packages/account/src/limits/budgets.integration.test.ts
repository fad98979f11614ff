import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import type { AccountService } from '../account-service.ts'
import { AccountError, RateLimitExceeded, TemporarilyUnavailable } from '../errors.ts'
import type { Caller } from './caller.ts'
import type { LimitStatus, Limits } from './limits.ts'

const password = 'correct horse battery'
const once = { points: 1, window: 300 }

describe('the budgets of the service', () => {
  let database: TestDatabase
  const harnesses: AccountHarness[] = []
  beforeAll(async () => {
    database = await openAccountDatabase()
  })
  afterAll(async () => {
    for (const harness of harnesses) await harness.close()
    await database.close()
  })

  let networks = 0

  /** A module with some limits, whose requests come from one address. */
  async function open(
    limits: Partial<Limits>,
    policy: Parameters<typeof testModuleOptions>[0] = {},
  ): Promise<AccountHarness> {
    const harness = await openAccountHarness(database.db, {
      rateLimits: { limits, clientAddress: () => '192.0.2.1' },
      policy: (await testModuleOptions(policy)).policy,
    })
    harnesses.push(harness)
    return harness
  }
  const signUp = ({ accounts }: AccountHarness, name: string) =>
    accounts.service.create(
      { handle: `${name}.test`, email: `${name}@example.com`, password },
      'unlimited',
    )

  /** The outcome of a call: done, refused for its content, or refused by a limit. */
  const outcome = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'done',
      (error: unknown) => {
        if (!(error instanceof AccountError)) throw error
        return error instanceof RateLimitExceeded ? 'limited' : 'refused'
      },
    )

  it.each<[string, (service: AccountService, caller: Caller) => Promise<unknown>, object]>([
    ['create', (it, by) => it.create({ handle: 'x', email: 'x', password }, by), { create: once }],
    [
      'logIn',
      (it, by) => it.logIn({ name: 'nobody.test', password: 'wrong' }, by),
      { login: once },
    ],
    [
      'logIn, to any account',
      (it, by) => it.logIn({ name: `${Math.random()}.test`, password: 'wrong' }, by),
      { loginFailures: once },
    ],
    [
      'checkHandleAvailability, with refreshIdentity',
      (it, by) => it.checkHandleAvailability('Not a handle', by),
      { inquiry: once },
    ],
    [
      'requestPasswordReset',
      (it, by) => it.requestPasswordReset('nobody@example.com', by),
      { resetRequest: once },
    ],
    [
      'resetPassword',
      (it, by) => it.resetPassword({ token: 'aaaaa-aaaaa', password }, by),
      { reset: once },
    ],
  ])('%s: counts calls of the application like requests', async (_, call, limits) => {
    const { accounts } = await open(limits)
    const ask = (caller: Caller) => outcome(call(accounts.service, caller))
    const statuses: LimitStatus[] = []
    networks += 1
    const network = `2001:db8:${networks}`
    const by = { address: `${network}::1`, onCounted: (it: LimitStatus) => void statuses.push(it) }
    expect(await ask(by)).not.toBe('limited')
    expect(await ask({ address: `${network}::2` })).toBe('limited')
    expect(await ask({ address: `${network}:1::1` })).not.toBe('limited')
    for (let n = 0; n < 3; n++) expect(await ask('unlimited')).not.toBe('limited')
    expect(statuses).toMatchObject([{ limit: 1, remaining: 0 }])
  })

  it('delete and refreshSession: count an account and a login, whoever calls', async () => {
    const harness = await open({ delete: once, refresh: once })
    const { service } = harness.accounts
    const { did, refreshJwt } = await signUp(harness, 'counted')
    const refresh = (caller: Caller) => outcome(service.refreshSession(refreshJwt, caller))
    expect(await refresh({ address: '192.0.2.2' })).toBe('done')
    expect(await refresh({ address: '192.0.2.3' })).toBe('limited')
    expect(await refresh('unlimited')).toBe('done')
    const other = await service.logIn({ name: 'counted.test', password }, 'unlimited')
    expect(await outcome(service.refreshSession(other.refreshJwt, { address: '' }))).toBe('done')

    const remove = (caller: Caller) =>
      outcome(service.delete({ did, authTime: new Date(0) }, caller))
    expect(await remove({ address: '192.0.2.2' })).toBe('refused')
    expect(await remove({ address: '192.0.2.3' })).toBe('limited')
    expect(await remove('unlimited')).toBe('refused')
  })

  it('shares one budget between the application and requests over HTTP', async () => {
    const { accounts, url } = await open({ login: { points: 2, window: 300 } })
    const overHttp = async () => {
      const { status } = await fetch(`${url}/xrpc/com.atproto.session.create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ handle: 'shared.test', password: 'wrong' }),
      })
      return status
    }
    const fromHost = () =>
      outcome(
        accounts.service.logIn(
          { name: 'shared.test', password: 'wrong' },
          { address: '192.0.2.1' },
        ),
      )
    expect(await overHttp()).toBe(401)
    expect(await fromHost()).toBe('refused')
    expect(await overHttp()).toBe(429)
    expect(await fromHost()).toBe('limited')
  })

  it('requires a caller', async () => {
    const harness = await open({})
    await signUp(harness, 'forgotten')
    const logIn = harness.accounts.service.logIn as (request: object) => Promise<unknown>
    await expect(logIn({ name: 'forgotten.test', password })).rejects.toThrow(TypeError)
  })

  it('one address flooding the hashing threads does not lock others out', async () => {
    const harness = await open({}, { bcryptCost: 10, hashingThreads: 1, hashingQueue: 32 })
    await signUp(harness, 'patient')
    const logIn = (address: string, given: string) =>
      harness.accounts.service.logIn({ name: 'patient.test', password: given }, { address })
    const full = Promise.withResolvers<void>()
    const flood = Array.from({ length: 25 }, () =>
      logIn('198.51.100.1', 'wrong').catch((error: unknown) => {
        if (error instanceof TemporarilyUnavailable) full.resolve()
        return error
      }),
    )
    await full.promise
    expect(await logIn('192.0.2.9', password)).toMatchObject({ handle: 'patient.test' })
    const refused = (await Promise.all(flood)).filter(
      (error) => error instanceof TemporarilyUnavailable,
    )
    expect(refused.length).toBeGreaterThan(10)
  })
})

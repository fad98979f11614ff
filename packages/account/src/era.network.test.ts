import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { type EraNamespace, eraClient, eraVersion } from '@lexwright/testing/third-party/era-client'

const password = 'correct horse battery'

describe('the npm package @atproto/api 0.0.3, unmodified', () => {
  let database: TestDatabase
  let harness: AccountHarness
  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db)
    expect(eraVersion).toBe('0.0.3')
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  it('signs up, logs in, refreshes, resets and deletes', async () => {
    const client = eraClient.service(harness.url)
    const { account, handle, server, session } = client.com.atproto
    const call = (namespace: EraNamespace | undefined, method: string, ...rest: unknown[]) => {
      const run = namespace?.[method]
      if (run === undefined) throw new Error(`the client has no ${method}`)
      return run.apply(namespace, rest)
    }
    const config = await call(server, 'getAccountsConfig')
    expect(config.data).toEqual({ availableUserDomains: ['.test'], inviteCodeRequired: false })

    const email = 'era@example.com'
    const created = await call(account, 'create', { handle: 'era.test', email, password })
    expect(created).toMatchObject({ success: true, data: { handle: 'era.test' } })
    const { did } = created.data
    // The client kept the tokens of the sign-up.
    expect((await call(session, 'get')).data).toEqual({ did, handle: 'era.test' })
    expect((await call(account, 'get')).data).toMatchObject({ did, email })
    expect((await call(handle, 'resolve', { handle: 'era.test' })).data).toEqual({ did })
    expect((await call(handle, 'resolve', {})).data).toEqual({ did: 'did:web:pds.test' })

    await call(session, 'delete')
    expect(client.sessionManager.active()).toBe(false)
    await expect(call(session, 'get')).rejects.toMatchObject({ status: 401 })
    await expect(
      call(session, 'create', { handle: 'era.test', password: 'wrong' }),
    ).rejects.toMatchObject({ status: 401 })
    await call(session, 'create', { handle: 'era.test', password })
    const before = client.sessionManager.get()

    // The access token has expired: the client refreshes once for all waiting calls and continues.
    harness.clock.advance(2 * 60 * 60 + 31)
    const answers = await Promise.all([1, 2, 3].map(() => call(account, 'get')))
    for (const { data } of answers) expect(data).toMatchObject({ did })
    expect(client.sessionManager.get()).not.toEqual(before)
    await call(session, 'refresh')
    expect((await call(session, 'get')).data).toMatchObject({ did })

    await call(account, 'requestPasswordReset', { email })
    await harness.accounts.runDueJobs()
    const token = newestResetCode(harness.mailbox, email)
    await call(account, 'resetPassword', { token, password: 'a whole new password' })
    // The session has ended: the client tries to refresh, fails and drops it.
    await expect(call(session, 'get')).rejects.toMatchObject({ error: 'ExpiredToken' })
    expect(client.sessionManager.active()).toBe(false)

    await call(session, 'create', { handle: email, password: 'a whole new password' })
    expect(await call(account, 'delete')).toMatchObject({ success: true })
    await expect(
      call(session, 'create', { handle: 'era.test', password: 'a whole new password' }),
    ).rejects.toMatchObject({ status: 401 })
    await expect(call(handle, 'resolve', { handle: 'era.test' })).rejects.toMatchObject({
      status: 400,
    })
  })

  it('recognizes declared errors by name', async () => {
    const client = eraClient.service(harness.url)
    const create = client.com.atproto.account?.create
    const error = await create
      ?.call(client.com.atproto.account, { handle: 'x', email: 'x@example.com', password })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 400, error: 'InvalidHandle' })
    expect((error as Error).constructor.name).toMatch(/^InvalidHandleError/)
  })
})

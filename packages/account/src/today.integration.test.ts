import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { newestResetCode } from '@lexwright/testing/accounts/account-harness'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'

describe('AtpAgent, unmodified, beside a client of 2022', () => {
  let service: TodaysService
  let harness: TodaysService['harness']
  let signUp: TodaysService['signUp']
  let newApp: TodaysService['newApp']
  let get: TodaysService['get']
  let post: TodaysService['post']
  beforeAll(async () => {
    service = await openTodaysService({
      policy: {
        contact: { privacyPolicy: 'https://pds.test/privacy', email: 'help@pds.test' },
        blobUploadLimit: 5_000_000,
      },
    })
    ;({ harness, signUp, newApp, get, post } = service)
  })
  afterAll(() => service.close())

  it('signs up, logs in by handle and address, and follows the endpoint in the DID', async () => {
    const { agent } = newApp()
    const { data: server } = await agent.com.atproto.server.describeServer()
    expect(server).toMatchObject({
      did: 'did:web:pds.test',
      availableUserDomains: ['.test'],
      inviteCodeRequired: false,
      phoneVerificationRequired: false,
      links: { privacyPolicy: 'https://pds.test/privacy' },
      contact: { email: 'help@pds.test' },
      blobUploadLimit: 5_000_000,
    })
    const email = 'ada@example.com'
    const { data } = await agent.createAccount({ handle: 'ada.test', email, password })
    expect(data).toMatchObject({ handle: 'ada.test', did: expect.stringMatching(/^did:plc:/) })
    expect(agent.pdsUrl?.origin).toBe(harness.url)

    for (const identifier of ['ada.test', 'ADA@example.com']) {
      const { agent: other } = newApp()
      const session = await other.login({ identifier, password })
      expect(session.data).toMatchObject({
        did: data.did,
        handle: 'ada.test',
        email,
        emailConfirmed: false,
        emailAuthFactor: false,
        active: true,
        didDoc: { id: data.did, alsoKnownAs: ['at://ada.test'] },
      })
      expect(session.data).not.toHaveProperty('status')
      expect(other.pdsUrl?.origin).toBe(harness.url)
      expect((await other.com.atproto.server.getSession()).data).toMatchObject({ email })
      expect((await other.com.atproto.temp.checkSignupQueue()).data).toEqual({ activated: true })
    }
    const era = await harness.client.com.atproto.session.create({ handle: 'ada.test', password })
    expect(Object.keys(era.data).sort()).toEqual(['accessJwt', 'did', 'handle', 'refreshJwt'])
    // A session works in both generations, whichever it began with.
    const token = era.data.accessJwt
    expect(await (await get('server.getSession', token)).json()).toMatchObject({ email })
    const todays = agent.session?.accessJwt ?? ''
    expect(await (await get('session.get', todays)).json()).toEqual({
      did: data.did,
      handle: 'ada.test',
    })
  })

  it('refreshes an expired token once for all waiting calls', async () => {
    const { agent, events } = await signUp('freshen')
    const before = agent.session?.refreshJwt
    harness.clock.advance(2 * 60 * 60 + 31)
    const answers = await Promise.all([1, 2, 3].map(() => agent.com.atproto.server.getSession()))
    for (const { data } of answers) expect(data.handle).toBe('freshen.test')
    expect(events).toEqual(['create', 'update'])
    expect(agent.session?.refreshJwt).not.toBe(before)
    expect(agent.session).toMatchObject({ active: true, emailConfirmed: false })
    expect(agent.pdsUrl?.origin).toBe(harness.url)
  })

  it('shares a login between two tabs, and survives a lost answer', async () => {
    const { stored } = await signUp('tabs')
    const session = stored()
    harness.clock.advance(2 * 60 * 60 + 31)
    const tabs = [newApp(), newApp()]
    await Promise.all(tabs.map(({ agent }) => agent.resumeSession({ ...session })))
    const [one, other] = tabs.map(({ agent }) => agent.session?.refreshJwt)
    expect(one).toBe(other)
    // The answer to this refresh was lost: the client still has the token before it, after the
    // grace period.
    await post('server.refreshSession', undefined, one)
    harness.clock.advance(2 * 60 * 60 + 31)
    const { agent } = newApp()
    await agent.resumeSession({ ...session, refreshJwt: one ?? '' })
    expect(agent.session?.handle).toBe('tabs.test')
  })

  it('logs out, even with an expired token or twice, with an empty answer', async () => {
    const { agent, events } = await signUp('leaver')
    const refresh = agent.session?.refreshJwt
    await agent.logout()
    expect(events).toEqual(['create', 'expired'])
    harness.clock.advance(91 * 24 * 60 * 60)
    const again = await post('server.deleteSession', undefined, refresh)
    expect([again.status, again.headers.get('content-type'), await again.text()]).toEqual([
      200,
      null,
      '',
    ])
  })

  it('resets a forgotten password with a code as apps spell it, and ends earlier sessions', async () => {
    const { agent, events, email } = await signUp('forgetful')
    const { agent: stranger } = newApp()
    const { server } = stranger.com.atproto
    await server.requestPasswordReset({ email: 'nobody@example.com' })
    await server.requestPasswordReset({ email })
    await harness.accounts.runDueJobs()
    const token = newestResetCode(harness.mailbox, email).toUpperCase()
    await expect(
      server.resetPassword({ token: 'AAAAA-AAAAA', password: 'a whole new password' }),
    ).rejects.toMatchObject({ status: 400, error: 'InvalidToken', message: 'Token is invalid' })
    await server.resetPassword({ token, password: 'a whole new password' })
    await expect(agent.com.atproto.server.getSession()).rejects.toMatchObject({
      error: 'ExpiredToken',
    })
    expect(agent.hasSession).toBe(false)
    expect(events).toEqual(['create', 'expired'])
    await stranger.login({ identifier: email, password: 'a whole new password' })
    expect(stranger.session).toMatchObject({ emailConfirmed: true })
  })

  it('gets the messages that clients compare', async () => {
    const { did, agent } = await signUp('worded')
    const { accessJwt = '', refreshJwt = '' } = agent.session ?? {}
    const refusal = async (call: Promise<Response>) => {
      const response = await call
      return { status: response.status, ...((await response.json()) as object) }
    }
    const login = (identifier: string) =>
      post('server.createSession', { identifier, password: 'wrong' })
    const wrong = {
      status: 401,
      error: 'AuthenticationRequired',
      message: 'Invalid identifier or password',
    }
    for (const name of ['worded.test', 'nobody.test', '\u212a', '']) {
      expect(await refusal(login(name))).toEqual(wrong)
    }
    const getSession = (token?: string) => refusal(get('server.getSession', token))
    expect(await getSession()).toEqual({
      status: 401,
      error: 'AuthMissing',
      message: 'Authentication Required',
    })
    const unverified = {
      status: 400,
      error: 'InvalidToken',
      message: 'Token could not be verified',
    }
    for (const token of ['x', refreshJwt, `${accessJwt}x`])
      expect(await getSession(token)).toEqual(unverified)
    const basic = await fetch(`${harness.url}/xrpc/com.atproto.server.getSession`, {
      headers: { authorization: 'Basic YTpi' },
    })
    expect(await refusal(Promise.resolve(basic))).toEqual({
      ...unverified,
      message: 'Unexpected authorization type',
    })

    const create = (fields: object) =>
      refusal(
        post('server.createAccount', {
          handle: 'fresh.test',
          email: 'n@example.com',
          password,
          ...fields,
        }),
      )
    expect(await create({ handle: 'worded.test' })).toMatchObject({
      status: 400,
      error: 'HandleNotAvailable',
      message: 'Handle already taken: worded.test',
    })
    expect(await create({ email: 'Worded@example.com' })).toMatchObject({
      error: 'InvalidRequest',
      message: 'Email already taken: Worded@example.com',
    })
    expect(await create({ handle: 'fresh.example.org' })).toMatchObject({
      error: 'UnsupportedDomain',
    })
    expect(await create({ handle: 'ab.test' })).toMatchObject({
      error: 'InvalidHandle',
      message: 'Handle too short',
    })
    expect(await create({ password: 'short' })).toMatchObject({ error: 'InvalidPassword' })
    expect(await create({ password: undefined })).toMatchObject({ error: 'InvalidPassword' })
    expect(await create({ email: undefined })).toMatchObject({ message: 'Email is required' })
    expect(await create({ plcOp: {} })).toMatchObject({ message: 'Unsupported input: "plcOp"' })
    expect(await create({ did })).toMatchObject({ status: 401 })

    harness.clock.advance(2 * 60 * 60 + 31)
    const expired = await get('server.getSession', accessJwt)
    const body = await expired.text()
    expect(JSON.parse(body)).toEqual({ error: 'ExpiredToken', message: 'Token has expired' })
    expect([expired.status, body.length < 81]).toEqual([400, true])
    await agent.logout()
    const revoked = await (await post('server.refreshSession', undefined, refreshJwt)).text()
    expect(JSON.parse(revoked)).toEqual({
      error: 'ExpiredToken',
      message: 'Token has been revoked',
    })
    expect(revoked.length).toBeLessThan(81)
  })

  it('is refused once the account is taken down, except for a token for leaving', async () => {
    const { agent, did } = await signUp('takendown')
    const { operator } = harness.accounts
    await operator.disableAccount(did)
    await expect(agent.com.atproto.server.getSession()).rejects.toMatchObject({
      status: 401,
      error: 'AccountTakedown',
    })
    await expect(agent.login({ identifier: 'takendown.test', password })).rejects.toMatchObject({
      status: 401,
      error: 'AccountTakedown',
      message: 'Account has been taken down',
    })
    const { data } = await agent.login({
      identifier: 'takendown.test',
      password,
      allowTakendown: true,
    })
    expect(data).toMatchObject({ active: false, status: 'takendown' })
    const scope = await get('server.getSession', data.accessJwt)
    expect([scope.status, await scope.json()]).toEqual([
      400,
      { error: 'InvalidToken', message: 'Bad token scope' },
    ])
    expect((await get('account.get', data.accessJwt)).status).toBe(400)
    await operator.enableAccount(did)
    await agent.login({ identifier: 'takendown.test', password })
    expect(agent.session?.active).toBe(true)
  })
})

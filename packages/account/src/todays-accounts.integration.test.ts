import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'

describe('an owner with AtpAgent', () => {
  let service: TodaysService
  const events: string[] = []
  beforeAll(async () => {
    service = await openTodaysService({
      hooks: { onAccountChanged: async ({ kind }) => void events.push(kind) },
    })
  })
  afterAll(() => service.close())
  const refused = (error: string, message?: string) =>
    expect.objectContaining({ error, ...(message !== undefined && { message }) })

  it('confirms an address with a mailed code, in any spelling, once', async () => {
    const { agent, email } = await service.signUp('confirmer')
    const { server } = agent.com.atproto
    await server.requestEmailConfirmation()
    const first = await service.codeFor(email, /^Confirm/)
    expect(first).toMatch(/^[A-Z2-7]{5}-[A-Z2-7]{5}$/)
    await server.requestEmailConfirmation()
    const token = await service.codeFor(email, /^Confirm/)
    const confirm = (fields: object) => server.confirmEmail({ email, token, ...fields })
    // The newest wins, and a code is for one purpose, account and address.
    await expect(confirm({ token: first })).rejects.toEqual(
      refused('InvalidToken', 'Token is invalid'),
    )
    await expect(confirm({ email: 'other@example.com' })).rejects.toEqual(
      refused('InvalidEmail', 'invalid email'),
    )
    await expect(server.updateEmail({ email: 'new@example.com', token })).resolves.toBeDefined()
    await expect(confirm({})).rejects.toEqual(refused('InvalidEmail'))
    await server.requestEmailConfirmation()
    const changed = await service.codeFor('new@example.com', /^Confirm/)
    const spelt = { email: 'NEW@example.com', token: ` ${changed.toLowerCase()} ` }
    await server.confirmEmail(spelt)
    await expect(server.confirmEmail(spelt)).rejects.toEqual(refused('InvalidToken'))
    expect((await server.getSession()).data).toMatchObject({
      email: 'new@example.com',
      emailConfirmed: true,
    })
    expect(events.splice(0)).toEqual(['created', 'email-changed', 'email-confirmed'])
    expect(service.harness.mailbox.messages).toContainEqual(
      expect.objectContaining({
        to: email,
        subject: expect.stringMatching(/address was changed$/),
      }),
    )
    await server.requestEmailConfirmation()
    const late = await service.codeFor('new@example.com', /^Confirm/)
    service.harness.clock.advance(10 * 60)
    await expect(server.confirmEmail({ email: 'new@example.com', token: late })).rejects.toEqual(
      refused('ExpiredToken', 'Token is expired'),
    )
  })

  it('changes a confirmed address with a code only, and not to a taken one', async () => {
    const { agent, email } = await service.signUp('changer')
    const { server } = agent.com.atproto
    expect((await server.requestEmailUpdate()).data).toEqual({ tokenRequired: false })
    await server.requestEmailConfirmation()
    await server.confirmEmail({ email, token: await service.codeFor(email, /^Confirm/) })
    expect((await server.requestEmailUpdate()).data).toEqual({ tokenRequired: true })
    const token = await service.codeFor(email, /^Change your .* email/)
    const change = (fields: object) => server.updateEmail({ email: 'else@example.com', ...fields })
    await expect(change({})).rejects.toEqual(
      refused('TokenRequired', 'confirmation token required'),
    )
    await expect(change({ email: 'confirmer@nowhere' })).rejects.toEqual(
      refused(
        'InvalidRequest',
        'This email address is not supported, please use a different email.',
      ),
    )
    const { email: taken } = await service.signUp('neighbour')
    await expect(change({ email: taken, token })).rejects.toEqual(
      refused(
        'InvalidRequest',
        'This email address is already in use, please use a different email.',
      ),
    )
    // A refused change does not use up the code.
    await change({ token })
    expect((await server.getSession()).data).toMatchObject({
      email: 'else@example.com',
      emailConfirmed: false,
    })
    await expect(service.newApp().agent.login({ identifier: email, password })).rejects.toEqual(
      refused('AuthenticationRequired'),
    )
  })

  it('also needs a mailed code to log in, once that is turned on', async () => {
    const { agent, email } = await service.signUp('careful')
    const { server } = agent.com.atproto
    const factor = (emailAuthFactor: boolean, token?: string) =>
      server.updateEmail({ email, emailAuthFactor, ...(token !== undefined && { token }) })
    await expect(factor(true)).rejects.toEqual(refused('InvalidRequest'))
    await server.requestEmailConfirmation()
    await server.confirmEmail({ email, token: await service.codeFor(email, /^Confirm/) })
    // Clients turn it on with the present address and no code.
    await factor(true)
    const { agent: other } = service.newApp()
    const login = (fields: object = {}) =>
      other.login({ identifier: 'careful.test', password, ...fields })
    await expect(login()).rejects.toEqual(
      refused('AuthFactorTokenRequired', 'A sign in code has been sent to your email address'),
    )
    const authFactorToken = await service.codeFor(email, /^Log in/)
    await expect(login({ authFactorToken: 'AAAAA-AAAAA' })).rejects.toEqual(
      refused('InvalidToken', 'Token is invalid'),
    )
    await expect(login({ authFactorToken, password: 'wrong' })).rejects.toEqual(
      refused('AuthenticationRequired'),
    )
    const { data } = await login({ authFactorToken })
    expect(data).toMatchObject({ emailAuthFactor: true, emailConfirmed: true })
    await expect(login({ authFactorToken })).rejects.toEqual(refused('InvalidToken'))
    await expect(
      service.harness.client.com.atproto.session.create({ handle: 'careful.test', password }),
    ).rejects.toEqual(refused('AuthFactorTokenRequired'))

    await expect(factor(false)).rejects.toEqual(refused('TokenRequired'))
    await server.requestEmailUpdate()
    await factor(false, await service.codeFor(email, /^Change your .* email/))
    expect((await login()).data).toMatchObject({ emailAuthFactor: false })
  })

  it('creates app passwords, which allow less and can be revoked', async () => {
    const { agent, did } = await service.signUp('giver')
    const { server } = agent.com.atproto
    const { data: plain } = await server.createAppPassword({ name: 'reader' })
    const { data: trusted } = await server.createAppPassword({ name: 'chat', privileged: true })
    expect([plain, trusted]).toEqual([
      {
        name: 'reader',
        privileged: false,
        createdAt: expect.any(String),
        password: expect.stringMatching(/^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/),
      },
      expect.objectContaining({ name: 'chat', privileged: true }),
    ])
    for (const name of ['reader', '', 'x'.repeat(101), 'a\nb', '\0']) {
      await expect(server.createAppPassword({ name })).rejects.toEqual(refused('InvalidRequest'))
    }

    const { agent: app, events: lived } = service.newApp()
    await app.login({ identifier: 'giver.test', password: plain.password })
    const { server: asApp } = app.com.atproto
    expect((await asApp.getSession()).data).toMatchObject({ did, handle: 'giver.test' })
    const scope = refused('InvalidToken', 'Bad token scope')
    await expect(asApp.createAppPassword({ name: 'more' })).rejects.toEqual(scope)
    await expect(asApp.requestEmailUpdate()).rejects.toEqual(scope)
    await expect(asApp.requestAccountDelete()).rejects.toEqual(scope)
    const appToken = app.session?.accessJwt ?? ''
    for (const method of ['account.get', 'account.delete']) {
      const response = await (method.endsWith('get')
        ? service.get(method, appToken)
        : service.post(method, undefined, appToken))
      expect([method, response.status]).toEqual([method, 400])
    }
    service.harness.clock.advance(2 * 60 * 60 + 31)
    const scopeOf = (jwt = '') =>
      JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).scope
    await asApp.getSession()
    expect(lived).toEqual(['create', 'update'])
    expect(scopeOf(app.session?.accessJwt)).toBe('com.atproto.appPass')
    const { agent: chat } = service.newApp()
    await chat.login({ identifier: 'giver.test', password: trusted.password })
    expect(scopeOf(chat.session?.accessJwt)).toBe('com.atproto.appPassPrivileged')

    expect((await asApp.listAppPasswords()).data.passwords).toEqual([
      expect.objectContaining({ name: 'chat', privileged: true }),
      expect.objectContaining({ name: 'reader', lastUsedAt: expect.any(String) }),
    ])
    await server.revokeAppPassword({ name: 'reader' })
    await server.revokeAppPassword({ name: 'reader' })
    await expect(asApp.getSession()).rejects.toEqual(refused('ExpiredToken'))
    const again = (given: string) =>
      service.newApp().agent.login({ identifier: 'giver.test', password: given })
    await expect(again(plain.password)).rejects.toEqual(refused('AuthenticationRequired'))
    await again(trusted.password)
    // A takedown ends the other app password permanently.
    await service.harness.accounts.operator.disableAccount(did)
    await expect(again(trusted.password)).rejects.toEqual(
      refused('AuthenticationRequired', 'Invalid identifier or password'),
    )
    await service.harness.accounts.operator.enableAccount(did)
    await expect(again(trusted.password)).rejects.toEqual(refused('AuthenticationRequired'))
  })

  it('deactivates an account, activates it again, and has it deleted on the chosen date', async () => {
    events.length = 0
    const { agent, did } = await service.signUp('pausing')
    const { server } = agent.com.atproto
    await server.deactivateAccount({})
    const inactive = { active: false, status: 'deactivated' }
    expect((await server.getSession()).data).toMatchObject(inactive)
    await agent.login({ identifier: 'pausing.test', password })
    expect(agent.session).toMatchObject(inactive)
    // The lexicons of 2022 have their own error name.
    const era = service.harness.client.com.atproto
    const { data } = await era.session.create({ handle: 'pausing.test', password })
    expect((await service.get('session.get', data.accessJwt)).status).toBe(200)
    const old = await service.get('account.get', data.accessJwt)
    expect([old.status, ((await old.json()) as { error: string }).error]).toEqual([
      403,
      'AccountDeactivated',
    ])
    await server.activateAccount()
    expect((await server.getSession()).data).toMatchObject({ active: true })

    const deleteAfter = new Date(service.harness.clock.now().getTime() + 1000).toISOString()
    await server.deactivateAccount({ deleteAfter })
    await service.harness.accounts.runDueJobs()
    expect((await server.getSession()).data).toMatchObject(inactive)
    service.harness.clock.advance(2)
    await service.harness.accounts.runDueJobs()
    await expect(server.getSession()).rejects.toEqual(refused('ExpiredToken'))
    expect(await service.harness.accounts.service.get(did)).toMatchObject({ status: 'deleted' })
    expect(events).toEqual(['created', 'deactivated', 'activated', 'deactivated', 'deleted'])
    // A restored account is not deleted again.
    await service.harness.accounts.operator.restoreAccount(did)
    await service.harness.accounts.runDueJobs()
    expect(await service.harness.accounts.service.get(did)).toMatchObject({ status: 'deactivated' })
  })

  it('deletes an account with its password and a mailed code', async () => {
    const { agent, did, email } = await service.signUp('deleting')
    const { server } = agent.com.atproto
    await server.requestAccountDelete()
    const token = await service.codeFor(email, /^Delete/)
    const remove = (fields: object) =>
      service.newApp().agent.com.atproto.server.deleteAccount({ did, password, token, ...fields })
    const wrong = refused('AuthenticationRequired', 'Invalid did or password')
    await expect(remove({ password: 'wrong' })).rejects.toEqual(wrong)
    await expect(remove({ did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' })).rejects.toEqual(wrong)
    await expect(remove({ token: 'AAAAA-AAAAA' })).rejects.toEqual(refused('InvalidToken'))
    await remove({})
    await expect(remove({})).rejects.toEqual(refused('InvalidToken'))
    await expect(agent.login({ identifier: 'deleting.test', password })).rejects.toEqual(
      refused('AuthenticationRequired'),
    )
    expect(await service.harness.accounts.operator.restoreAccount(did)).toMatchObject({
      status: 'active',
    })
  })

  it('checks which handles are available', async () => {
    await service.signUp('taken')
    const check = async (handle: string) =>
      (await service.newApp().agent.com.atproto.temp.checkHandleAvailability({ handle })).data
    expect(await check('Free.test')).toEqual({
      handle: 'free.test',
      result: { $type: 'com.atproto.temp.checkHandleAvailability#resultAvailable' },
    })
    expect(await check('taken.test')).toEqual({
      handle: 'taken.test',
      result: {
        $type: 'com.atproto.temp.checkHandleAvailability#resultUnavailable',
        suggestions: ['taken1.test', 'taken2.test', 'taken3.test'].map((handle) => ({
          handle,
          method: 'number',
        })),
      },
    })
    await expect(check('free.example.org')).rejects.toEqual(refused('UnsupportedDomain'))
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import {
  AccountDisabled,
  AccountNotFound,
  ExpiredToken,
  HandleNotAvailable,
  InvalidPassword,
  InvalidResetToken,
  InviteCodeNotFound,
  SessionNotFound,
  WrongAccountStatus,
} from '../errors.ts'
import type { AccountOperator } from './account-operator.ts'

const password = 'correct horse battery'

describe('the operator', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  let operator: AccountOperator
  const hooks: string[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db, {
      hooks: {
        onAccountRestored: async ({ handle }) => void hooks.push(`restored ${handle}`),
        onAccountPurged: async ({ did }) => void hooks.push(`purged ${did}`),
      },
    })
    operator = harness.accounts.operator
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = (name: string) =>
    harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password,
      },
      'unlimited',
    )
  const resetCode = async (name: string) => {
    await harness.accounts.service.requestPasswordReset(`${name}@example.com`, 'unlimited')
    await harness.accounts.runDueJobs()
    return newestResetCode(harness.mailbox, `${name}@example.com`)
  }

  it('shows an account by DID, handle and email, in any spelling', async () => {
    const { did } = await create('shown')
    for (const name of [did, 'shown.test', '@Shown.test', 'SHOWN@example.com']) {
      expect(await operator.showAccount(name)).toMatchObject({
        did,
        handle: 'shown.test',
        email: 'shown@example.com',
        status: 'active',
        liveSessions: 1,
        publication: { publishedAt: null },
        events: [{ event: 'account.created', actor: 'owner' }],
      })
    }
  })

  it.each([
    'did:plc:nobody',
    'nobody.test',
    'nobody@example.com',
    '',
    '@',
    'a@b@c',
    '\0',
    '\ud800',
  ])('finds no account by %j', async (name) => {
    await expect(operator.showAccount(name)).rejects.toThrow(AccountNotFound)
  })

  it('lists accounts newest first, in pages, and by status and part of a name', async () => {
    const names = ['page-one', 'page-two', 'page-three']
    for (const name of names) {
      await create(name)
      harness.clock.advance(1)
    }
    await operator.disableAccount('page-two.test')
    const first = await operator.listAccounts({ search: 'PAGE-', limit: 2 })
    expect(first.items.map(({ handle }) => handle)).toEqual(['page-three.test', 'page-two.test'])
    const rest = await operator.listAccounts({
      search: 'page-',
      limit: 2,
      ...(first.cursor !== undefined && { cursor: first.cursor }),
    })
    expect(rest.items.map(({ handle }) => handle)).toEqual(['page-one.test'])
    expect(rest.cursor).toBeUndefined()
    const disabled = await operator.listAccounts({ search: 'page-', status: 'disabled' })
    expect(disabled.items.map(({ handle }) => handle)).toEqual(['page-two.test'])
    expect((await operator.listAccounts({ search: '%' })).items).toEqual([])
    expect((await operator.listAccounts({ search: '\0' })).items.length).toBeGreaterThan(2)
  })

  it('disables and enables: sessions and resets stay ended', async () => {
    const { did, accessJwt, refreshJwt } = await create('bad')
    const code = await resetCode('bad')
    expect(await operator.disableAccount('bad.test')).toMatchObject({
      status: 'disabled',
      disabledAt: harness.clock.now(),
    })
    const { service } = harness.accounts
    await expect(service.authenticate(accessJwt, { allowDisabled: false })).rejects.toThrow(
      AccountDisabled,
    )
    await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
      ExpiredToken,
    )
    await expect(service.getOwn(accessJwt)).rejects.toThrow(ExpiredToken)
    await expect(service.refreshSession(refreshJwt, 'unlimited')).rejects.toThrow(AccountDisabled)
    await expect(
      service.resetPassword({ token: code, password: 'another staple entirely' }, 'unlimited'),
    ).rejects.toThrow(InvalidResetToken)
    await expect(operator.disableAccount(did)).rejects.toThrow(
      'Only an active account can be disabled; this one is disabled',
    )
    expect(await operator.enableAccount(did)).toMatchObject({ status: 'active', disabledAt: null })
    await expect(operator.enableAccount(did)).rejects.toThrow(WrongAccountStatus)
    await expect(service.authenticate(accessJwt, { allowDisabled: false })).rejects.toThrow(
      ExpiredToken,
    )
    await expect(service.refreshSession(refreshJwt, 'unlimited')).rejects.toThrow(ExpiredToken)
    expect(await service.logIn({ name: 'bad.test', password }, 'unlimited')).toMatchObject({ did })
  })

  it('creates an account without an invite, whose owner chooses the password with a code', async () => {
    const invited = await openAccountHarness(db, {
      policy: { ...(await testModuleOptions()).policy, inviteRequired: true },
    })
    const request = { handle: 'support.test', email: 'support@example.com' }
    const created = await invited.accounts.operator.createAccount(request)
    expect(created).toMatchObject({ ...request, status: 'active', emailConfirmedAt: null })
    // Repeats the request, as after a lost answer.
    expect((await invited.accounts.operator.createAccount(request)).did).toBe(created.did)
    await invited.accounts.runDueJobs()
    const mails = invited.mailbox.messages.filter(({ to }) => to === request.email)
    expect(mails).toHaveLength(1)
    const token = newestResetCode(invited.mailbox, request.email)
    await invited.accounts.service.resetPassword({ token, password }, 'unlimited')
    await invited.accounts.service.logIn({ name: request.handle, password }, 'unlimited')
    await expect(invited.accounts.operator.createAccount(request)).rejects.toThrow(
      HandleNotAvailable,
    )
    const { events, liveSessions } = await operator.showAccount(created.did)
    expect(liveSessions).toBe(1)
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'account.created', actor: 'admin' }),
    )
    await invited.close()
  })

  it('creates an account with a password without sending mail', async () => {
    const request = { handle: 'told.test', email: 'told@example.com', password }
    await operator.createAccount(request)
    await harness.accounts.runDueJobs()
    expect(harness.mailbox.messages.filter(({ to }) => to === request.email)).toEqual([])
    await harness.accounts.service.logIn({ name: 'told.test', password }, 'unlimited')
    const weak = { ...request, handle: 'weak.test', password: 'password1' }
    await expect(operator.createAccount(weak)).rejects.toThrow(InvalidPassword)
  })

  it('blocks invite codes of an account, by any of its names, and audits it', async () => {
    const { did } = await create('greedy')
    const note = 'sells them'
    expect(
      await operator.setInvitesBlocked('greedy@example.com', { isBlocked: true, note }),
    ).toMatchObject({ did, invitesDisabledAt: harness.clock.now(), inviteNote: note })
    expect(await operator.setInvitesBlocked('greedy.test', { isBlocked: false })).toMatchObject({
      invitesDisabledAt: null,
      inviteNote: null,
    })
    await expect(operator.setInvitesBlocked('nobody.test', { isBlocked: true })).rejects.toThrow(
      AccountNotFound,
    )
    const { events } = await operator.showAccount(did)
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual([
      'invites.allowed',
      'invites.blocked',
    ])
  })

  it('lists the live sessions of an account, and ends one or all', async () => {
    const { service } = harness.accounts
    const { did, accessJwt, refreshJwt } = await create('roaming')
    harness.clock.advance(60)
    const second = await service.logIn({ name: 'roaming.test', password }, 'unlimited')
    await service.refreshSession(refreshJwt, 'unlimited')
    const ids = async () => (await operator.listSessions(did)).items.map(({ id }) => id)
    const live = async (jwt: string) =>
      service.authenticate(jwt, { allowDisabled: false }).then(
        ({ sessionId }) => sessionId,
        () => undefined,
      )
    const [newer, older] = [await live(second.accessJwt), await live(accessJwt)]
    expect(await ids()).toEqual([newer, older])
    const { items, cursor = '' } = await operator.listSessions('roaming.test', { limit: 1 })
    expect(items).toHaveLength(1)
    const now = harness.clock.now()
    expect(await operator.listSessions(did, { limit: 1, cursor })).toEqual({
      items: [
        {
          id: older,
          createdAt: new Date(now.getTime() - 60_000),
          refreshedAt: now,
          expiresAt: new Date(now.getTime() + 90 * 24 * 60 * 60 * 1000),
        },
      ],
    })

    expect(await operator.endSessions('roaming@example.com', older)).toBe(1)
    expect([await live(accessJwt), await live(second.accessJwt)]).toEqual([undefined, newer])
    for (const id of [older, '', 'nobody’s']) {
      await expect(operator.endSessions(did, id)).rejects.toThrow(SessionNotFound)
    }
    await expect(operator.endSessions('nobody.test')).rejects.toThrow(AccountNotFound)
    const other = await create('settled')
    await expect(operator.endSessions(other.did, newer)).rejects.toThrow(SessionNotFound)
    await service.logIn({ name: 'roaming.test', password }, 'unlimited')
    expect(await operator.endSessions(did)).toBe(2)
    expect(await operator.endSessions(did)).toBe(0)
    expect(await ids()).toEqual([])
    const { events } = await operator.showAccount(did)
    expect(events.filter(({ event }) => event === 'session.ended')).toHaveLength(2)
    expect(await live(other.accessJwt)).not.toBeUndefined()
  })

  it('restores within the grace period: the password works again, earlier tokens do not', async () => {
    const { did, accessJwt } = await create('rueful')
    const { service } = harness.accounts
    await service.delete({ did, authTime: harness.clock.now() }, 'unlimited')
    harness.clock.advance(7 * 24 * 60 * 60 - 1)
    expect(await operator.restoreAccount(did)).toMatchObject({
      status: 'active',
      deletedAt: null,
      purgeAfter: null,
    })
    await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
      ExpiredToken,
    )
    const { did: again } = await service.logIn({ name: 'rueful.test', password }, 'unlimited')
    expect(again).toBe(did)
    await expect(operator.restoreAccount(did)).rejects.toThrow(WrongAccountStatus)
    expect(hooks).toContain('restored rueful.test')
    harness.clock.advance(7 * 24 * 60 * 60)
    await harness.accounts.runDueJobs()
    expect(await service.get(did)).toMatchObject({ status: 'active' })
  })

  it('restores a disabled account as a disabled one', async () => {
    const { did } = await create('banned')
    await operator.disableAccount(did)
    await operator.deleteAccount(did)
    expect(await operator.restoreAccount(did)).toMatchObject({ status: 'disabled' })
  })

  it('restores nothing after the grace period, purged or not', async () => {
    const { did } = await create('late')
    await operator.deleteAccount('late@example.com')
    harness.clock.advance(7 * 24 * 60 * 60)
    await expect(operator.restoreAccount(did)).rejects.toThrow(WrongAccountStatus)
  })

  it('purges a deleted account at once, and only a deleted one', async () => {
    const { did } = await create('gone')
    await expect(operator.purgeAccount(did)).rejects.toThrow(WrongAccountStatus)
    await operator.deleteAccount(did)
    expect(await operator.purgeAccount(did)).toMatchObject({ handle: 'gone.test', email: null })
    await expect(operator.purgeAccount(did)).rejects.toThrow(WrongAccountStatus)
    expect(hooks).toContain(`purged ${did}`)
    expect(await operator.showAccount(did)).toMatchObject({
      publication: null,
      liveSessions: 0,
      events: [
        { event: 'account.purged', actor: 'admin' },
        { event: 'account.deleted', actor: 'admin' },
        { event: 'account.created', actor: 'owner' },
      ],
    })
  })

  it('sets a given or generated password, ends sessions and resets, and notifies the owner', async () => {
    const { did, accessJwt } = await create('locked')
    const code = await resetCode('locked')
    const { service } = harness.accounts
    const drawn = await operator.setPassword('locked.test')
    expect(drawn).toMatchObject({ did, handle: 'locked.test' })
    expect(drawn.password).toMatch(/^[a-z2-7]{5}(-[a-z2-7]{5}){3}$/)
    await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
      ExpiredToken,
    )
    await expect(
      service.resetPassword({ token: code, password: 'another staple entirely' }, 'unlimited'),
    ).rejects.toThrow(InvalidResetToken)
    await service.logIn({ name: 'locked.test', password: drawn.password }, 'unlimited')
    await harness.accounts.runDueJobs()
    expect(harness.mailbox.messages.at(-1)).toMatchObject({ to: 'locked@example.com' })
    await expect(operator.setPassword(did, 'password')).rejects.toThrow(InvalidPassword)
    await operator.disableAccount(did)
    await operator.setPassword(did, 'a given password')
    await operator.deleteAccount(did)
    await expect(operator.setPassword(did, 'a given password')).rejects.toThrow(WrongAccountStatus)
    await operator.purgeAccount(did)
    await expect(operator.setPassword(did, 'a given password')).rejects.toThrow(WrongAccountStatus)
  })

  it('creates, lists and disables invite codes', async () => {
    const code = await operator.createInviteCode({ useCount: 5, createdBy: 'admin' })
    harness.clock.advance(1)
    const newer = await operator.createInviteCode({ useCount: 1, createdBy: 'admin' })
    const page = await operator.listInviteCodes({ limit: 1 })
    expect(page.items).toMatchObject([{ code: newer, usesGranted: 1, usesLeft: 1 }])
    expect(await operator.disableInviteCode(` ${code.toUpperCase()}`)).toMatchObject({
      code,
      usesLeft: 5,
      disabledAt: harness.clock.now(),
    })
    await operator.disableInviteCode(code)
    const usable = await operator.listInviteCodes({ usable: true })
    expect(usable.items.map((invite) => invite.code)).toEqual([newer])
    await expect(operator.disableInviteCode('pds-test-nobod-yhasx')).rejects.toThrow(
      InviteCodeNotFound,
    )
    await expect(operator.disableInviteCode('no code!')).rejects.toThrow(InviteCodeNotFound)
    const { rows } = await sql`select from lexwright_account.audit_log
      where event = 'invite.disabled'`.execute(db)
    expect(rows).toHaveLength(1)
  })

  it('reseals the signing keys under a new key, once', async () => {
    const { secrets } = await testModuleOptions()
    const sealed = new Uint8Array(32).fill(7)
    const next = await openAccountHarness(db, {
      secrets: {
        ...secrets,
        keyEncryptionKey: new Uint8Array(32).fill(8),
        previousKeyEncryptionKeys: [sealed],
      },
    })
    const keys = async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from lexwright_account.signing_key`.execute(db)
      return rows[0]?.count
    }
    const total = await keys()
    expect(await next.accounts.operator.resealKeys()).toEqual({
      resealed: total,
      current: 0,
      failed: [],
    })
    expect(await next.accounts.operator.resealKeys()).toEqual({
      resealed: 0,
      current: total,
      failed: [],
    })
    const { failed } = await operator.resealKeys()
    expect(failed).toHaveLength(total ?? 0)
    await next.close()
  })
})

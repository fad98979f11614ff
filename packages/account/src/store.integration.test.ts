import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { accountDatabases, type TestDatabase } from '@lexwright/testing/accounts/account-databases'
import { openDatabase } from './db/database.ts'
import { createStore, type Store, violatedUniqueConstraint } from './store.ts'

const now = new Date('2026-03-01T12:00:00.000Z')
const account = {
  did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa',
  handle: 'alice.test',
  email: 'Alice@example.com',
  emailCanonical: 'alice@example.com',
  passwordHash: '$secret$hash$',
  recoveryKey: null,
  inviteCode: null,
  createdAt: now,
}

describe.each(accountDatabases)('the store on $name', ({ open }) => {
  let testDatabase: TestDatabase
  let store: Store<unknown>

  beforeAll(async () => {
    testDatabase = await open()
    const database = openDatabase(testDatabase.db, 'lexwright_account')
    await database.migrate(now)
    store = createStore(database)
    await store.registrations.insertPending(account)
  })
  afterAll(() => testDatabase.close())

  it('names the taken value', async () => {
    const conflict = (changes: object) =>
      store.registrations
        .insertPending({ ...account, ...changes })
        .then(() => undefined, violatedUniqueConstraint)
    const other = { did: 'did:plc:b', handle: 'b.test', emailCanonical: 'b@example.com' }
    expect(await conflict({ ...other, handle: account.handle })).toBe('account_handle_key')
    expect(await conflict({ ...other, emailCanonical: account.emailCanonical })).toBe(
      'account_email_canonical_key',
    )
    expect(await conflict({ ...other, did: account.did })).toBe('account_pkey')
  })

  it('throws errors that name the cause and quote no row', async () => {
    const wrong = {
      ...account,
      did: 'did:plc:c',
      handle: 'UPPER.test',
      emailCanonical: 'c@example.com',
    }
    for (const write of [
      () => store.registrations.insertPending(wrong),
      () => store.transaction((tx) => tx.registrations.insertPending(wrong)),
    ]) {
      const error = await write().catch((cause: unknown) => cause)
      expect(error).toMatchObject({ code: '23514', constraint: 'account_handle_check' })
      const everything = inspect(error, { depth: 10, showHidden: true })
      expect(everything).not.toContain(account.passwordHash)
      expect(everything).not.toContain('c@example.com')
    }
  })

  it('rolls back a transaction that throws', async () => {
    const failing = store.transaction(async (tx) => {
      await tx.audit.append({ event: 'account.created', actor: 'system', at: now })
      await tx.registrations.deletePending(account.did)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store.registrations.isEmailTaken(account.emailCanonical)).toBe(true)
  })

  it('returns no more uses than an invite had', async () => {
    const invite = { code: 'abc', uses: 1, createdBy: 'admin', createdAt: now, forAccount: null }
    expect(await store.invites.insert(invite)).toBe(true)
    expect(await store.invites.insert(invite)).toBe(false)
    expect(await store.invites.take('abc')).toBe(true)
    expect(await store.invites.take('abc')).toBe(false)
    await store.invites.giveBack('abc')
    await expect(store.invites.giveBack('abc')).rejects.toMatchObject({
      constraint: 'invite_code_uses_check',
    })
    expect(await store.invites.isUsable('abc')).toBe(true)
    expect(await store.invites.isUsable('unknown')).toBe(false)
  })

  it('reads timestamps with milliseconds', async () => {
    const createdAt = new Date('2026-03-01T12:34:56.789Z')
    const did = 'did:plc:d'
    await store.registrations.insertPending({
      ...account,
      did,
      handle: 'd.test',
      emailCanonical: 'd@e.fg',
      createdAt,
    })
    expect(await store.accounts.findProfile(did)).toMatchObject({ status: 'pending', createdAt })
  })
})

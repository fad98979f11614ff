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
import { type Kysely, sql } from 'kysely'
import {
  ExpiredResetToken,
  ExpiredToken,
  InvalidPassword,
  InvalidResetToken,
  WrongCredentials,
} from '../errors.ts'

const oldPassword = 'correct horse battery'
const newPassword = 'another staple entirely'

describe('resetting a password', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db)
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = (name: string) =>
    harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@Example.com`,
        password: oldPassword,
      },
      'unlimited',
    )

  /** Requests a reset and returns the mailed code. */
  async function requestCode(name: string): Promise<string> {
    await harness.accounts.service.requestPasswordReset(`${name}@example.com`, 'unlimited')
    await harness.accounts.runDueJobs()
    const code = newestResetCode(harness.mailbox, `${name}@Example.com`)
    if (code === '') throw new Error(`no reset mail for ${name}`)
    return code
  }

  const storedPassword = async (did: string): Promise<unknown> => {
    const { rows } = await sql<{ password_hash: string }>`
      select password_hash from lexwright_account.account where did = ${did}`.execute(db)
    return rows[0]?.password_hash
  }

  const outbox = async (): Promise<readonly unknown[]> => {
    const { rows } = await sql`select kind, did from lexwright_account.outbox order by id`.execute(
      db,
    )
    return rows
  }

  it('mails a code that changes the password, once, and ends every session', async () => {
    const { service } = harness.accounts
    const { did, accessJwt } = await create('alice')
    const before = await storedPassword(did)
    const token = await requestCode('alice')
    harness.clock.advance(60)
    await service.resetPassword({ token, password: newPassword }, 'unlimited')

    expect(await storedPassword(did)).not.toBe(before)
    expect(await service.get(did)).toMatchObject({ passwordChangedAt: harness.clock.now() })
    await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
      ExpiredToken,
    )
    await expect(
      service.resetPassword({ token, password: newPassword }, 'unlimited'),
    ).rejects.toThrow(InvalidResetToken)
    const { rows } = await sql`
      select s.revoked_reason, a.session_epoch from lexwright_account.session s
      join lexwright_account.account a using (did) where did = ${did}`.execute(db)
    expect(rows).toEqual([{ revoked_reason: 'password-reset', session_epoch: 1 }])
  })

  it('accepts an address with surrounding blanks, as left by pasting', async () => {
    await create('pasted')
    const ask = (email: string) => harness.accounts.service.requestPasswordReset(email, 'unlimited')
    await ask('pasted@example.com')
    await ask(' Pasted@Example.com \t\n')
    // The same request, not a second one.
    const asked = (await outbox()).filter(
      (mail) => (mail as { kind: string }).kind === 'password-reset',
    )
    expect(asked).toHaveLength(1)
    await harness.accounts.runDueJobs()
    expect(newestResetCode(harness.mailbox, 'pasted@Example.com')).not.toBe('')
  })

  it('sends a notice afterwards', async () => {
    await create('noticed')
    const token = await requestCode('noticed')
    await harness.accounts.service.resetPassword({ token, password: newPassword }, 'unlimited')
    await harness.accounts.runDueJobs()
    const mail = harness.mailbox.messages.at(-1)
    expect(mail).toMatchObject({
      to: 'noticed@Example.com',
      subject: 'Your pds.test password was changed',
    })
    expect(await outbox()).toEqual([])
  })

  it('sends another notice after the first login with the new password only', async () => {
    const { service } = harness.accounts
    await create('returning')
    const notices = async () => {
      await harness.accounts.runDueJobs()
      return harness.mailbox.messages.filter(
        ({ to, subject }) => to === 'returning@Example.com' && subject.startsWith('Login'),
      ).length
    }
    await service.logIn({ name: 'returning.test', password: oldPassword }, 'unlimited')
    const token = await requestCode('returning')
    await service.resetPassword({ token, password: newPassword }, 'unlimited')
    await expect(
      service.logIn({ name: 'returning.test', password: oldPassword }, 'unlimited'),
    ).rejects.toThrow(WrongCredentials)
    expect(await notices()).toBe(0)
    await Promise.all(
      Array.from({ length: 4 }, () =>
        service.logIn({ name: 'returning@example.com', password: newPassword }, 'unlimited'),
      ),
    )
    expect(await notices()).toBe(1)
    await service.logIn({ name: 'returning.test', password: newPassword }, 'unlimited')
    expect(await notices()).toBe(1)
  })

  it('stores only an HMAC of the code, and accepts the code in any spelling', async () => {
    const { did } = await create('hashed')
    const token = await requestCode('hashed')
    const { rows } = await sql<{ token_hash: string }>`
      select token_hash from lexwright_account.reset_token where did = ${did}`.execute(db)
    expect(rows[0]?.token_hash).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const typed = ` ${token.toUpperCase().replace('-', ' - ')}\n`
    await harness.accounts.service.resetPassword(
      { token: typed, password: newPassword },
      'unlimited',
    )
  })

  it('does not use up the code when the password breaks a rule', async () => {
    const { service } = harness.accounts
    await create('picky')
    const token = await requestCode('picky')
    for (const password of ['short', 'password1', 'picky@example.com', 'long enough \ud800']) {
      await expect(service.resetPassword({ token, password }, 'unlimited')).rejects.toThrow(
        InvalidPassword,
      )
    }
    await service.resetPassword({ token, password: newPassword }, 'unlimited')
  })

  it('distinguishes expired and unknown codes', async () => {
    const { service } = harness.accounts
    await create('slow')
    const token = await requestCode('slow')
    harness.clock.advance(10 * 60)
    await expect(
      service.resetPassword({ token, password: newPassword }, 'unlimited'),
    ).rejects.toThrow(ExpiredResetToken)
    for (const unknown of ['', 'aaaaa-aaaaa', '\0', '\ud800', 'x'.repeat(100_000)]) {
      await expect(
        service.resetPassword({ token: unknown, password: newPassword }, 'unlimited'),
      ).rejects.toThrow(InvalidResetToken)
    }
  })

  it('lets the newest code win', async () => {
    const { service } = harness.accounts
    await create('twice')
    const first = await requestCode('twice')
    const second = await requestCode('twice')
    await expect(
      service.resetPassword({ token: first, password: newPassword }, 'unlimited'),
    ).rejects.toThrow(InvalidResetToken)
    await service.resetPassword({ token: second, password: newPassword }, 'unlimited')
  })

  it('refuses a code once its account is disabled', async () => {
    const { did } = await create('blocked')
    const token = await requestCode('blocked')
    const before = await storedPassword(did)
    await sql`update lexwright_account.account set status = 'disabled' where did = ${did}`.execute(
      db,
    )
    await expect(
      harness.accounts.service.resetPassword({ token, password: newPassword }, 'unlimited'),
    ).rejects.toThrow()
    expect(await storedPassword(did)).toBe(before)
  })

  describe('requestPasswordReset', () => {
    it('writes one row for every address, and mails only to the known one', async () => {
      const { service } = harness.accounts
      // Mails left over from other tests.
      await harness.accounts.runDueJobs()
      const { did } = await create('known')
      await service.requestPasswordReset('KNOWN@example.com', 'unlimited')
      await service.requestPasswordReset('unknown@example.com', 'unlimited')
      await service.requestPasswordReset('no address\0 at all', 'unlimited')
      await service.requestPasswordReset('\u212Anown@example.com', 'unlimited')
      expect(await outbox()).toEqual([
        { kind: 'password-reset', did },
        { kind: 'password-reset', did: null },
        { kind: 'password-reset', did: null },
        { kind: 'password-reset', did: null },
      ])
      const sent = harness.mailbox.messages.length
      await harness.accounts.runDueJobs()
      expect(harness.mailbox.messages.slice(sent).map((mail) => mail.to)).toEqual([
        'known@Example.com',
      ])
      expect(await outbox()).toEqual([])
    })

    it('keeps one mail pending for repeated requests', async () => {
      const { did } = await create('eager')
      for (let times = 0; times < 5; times++) {
        await harness.accounts.service.requestPasswordReset('eager@example.com', 'unlimited')
      }
      expect(await outbox()).toEqual([{ kind: 'password-reset', did }])
      await harness.accounts.runDueJobs()
    })

    it('mails nothing for a deleted account', async () => {
      const { did } = await create('gone')
      await harness.accounts.service.delete({ did, authTime: harness.clock.now() }, 'unlimited')
      await harness.accounts.runDueJobs()
      const sent = harness.mailbox.messages.length
      await harness.accounts.service.requestPasswordReset('gone@example.com', 'unlimited')
      await harness.accounts.runDueJobs()
      expect(harness.mailbox.messages).toHaveLength(sent)
    })
  })
})

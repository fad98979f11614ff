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
  EmailNotAvailable,
  ExpiredToken,
  HandleNotAvailable,
  InvalidResetToken,
  ReauthenticationRequired,
} from '../errors.ts'

describe('deleteAccount', () => {
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
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )

  it('ends every session and reset, keeps handle and email, and sets the date of the purge', async () => {
    const { service } = harness.accounts
    const { did, accessJwt } = await create('alice')
    await service.requestPasswordReset('alice@example.com', 'unlimited')
    await harness.accounts.runDueJobs()
    const token = newestResetCode(harness.mailbox, 'alice@example.com')
    await service.requestPasswordReset('alice@example.com', 'unlimited')

    await service.delete({ did, authTime: harness.clock.now() }, 'unlimited')

    await expect(service.authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
      ExpiredToken,
    )
    await expect(
      service.resetPassword({ token, password: 'another staple entirely' }, 'unlimited'),
    ).rejects.toThrow(InvalidResetToken)
    await expect(create('alice')).rejects.toThrow(HandleNotAvailable)
    await expect(
      service.create(
        {
          handle: 'other.test',
          email: 'alice@example.com',
          password: 'correct horse battery',
        },
        'unlimited',
      ),
    ).rejects.toThrow(EmailNotAvailable)
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from purge_after - deleted_at)::int as seconds, status, session_epoch
      from lexwright_account.account where did = ${did}`.execute(db)
    expect(rows).toEqual([{ seconds: 7 * 24 * 60 * 60, status: 'deleted', session_epoch: 1 }])
    const { rows: mails } =
      await sql`select kind from lexwright_account.outbox where did = ${did}`.execute(db)
    expect(mails).toEqual([{ kind: 'account-deleted' }])
  })

  it('notifies the owner by mail', async () => {
    const { did } = await create('told')
    await harness.accounts.service.delete({ did, authTime: harness.clock.now() }, 'unlimited')
    await harness.accounts.runDueJobs()
    expect(harness.mailbox.messages).toContainEqual(
      expect.objectContaining({
        to: 'told@example.com',
        subject: 'Your pds.test account was deleted',
      }),
    )
  })

  it('requires a login within the last 15 minutes', async () => {
    const { did } = await create('stale')
    const authTime = harness.clock.now()
    harness.clock.advance(15 * 60 + 1)
    await expect(harness.accounts.service.delete({ did, authTime }, 'unlimited')).rejects.toThrow(
      ReauthenticationRequired,
    )
    expect(await harness.accounts.service.get(did)).toMatchObject({ status: 'active' })
  })

  it('does nothing the second time', async () => {
    const { did } = await create('twice')
    const authTime = harness.clock.now()
    await harness.accounts.service.delete({ did, authTime }, 'unlimited')
    await harness.accounts.service.delete({ did, authTime }, 'unlimited')
    const { rows } = await sql`
      select event from lexwright_account.audit_log where did = ${did} order by id`.execute(db)
    expect(rows).toEqual([{ event: 'account.created' }, { event: 'account.deleted' }])
  })

  it("calls the host's hook inside the transaction and rolls back if it throws", async () => {
    const events: unknown[] = []
    let agrees = false
    const hosting = await openAccountHarness(db, {
      policy: (await testModuleOptions({ deletionGrace: 0 })).policy,
      hooks: {
        onAccountDeleted: async (event) => {
          events.push(event)
          if (!agrees) throw new Error('not yet')
        },
      },
    })
    const { did } = await create('hosted')
    const at = hosting.clock.now()
    const request = { did, authTime: at }
    await expect(hosting.accounts.service.delete(request, 'unlimited')).rejects.toThrow('not yet')
    expect(await harness.accounts.service.get(did)).toMatchObject({ status: 'active' })
    agrees = true
    await hosting.accounts.service.delete(request, 'unlimited')
    const event = { did, at, purgeAfter: at }
    expect(events).toEqual([event, event])
    await hosting.close()
  })
})

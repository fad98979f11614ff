import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { InvalidCursor, MailNotFound, WrongMailStatus } from '../errors.ts'
import type { AccountOperator } from '../operator/account-operator.ts'
import { MailError } from './mailer.ts'

describe('the mails of an operator', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let operator: AccountOperator
  /** The mail server's error; undefined when it accepts mail. */
  let failure: MailError | undefined
  let sent = 0
  let during: (() => Promise<void>) | undefined

  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db, {
      mailer: {
        send: async () => {
          await during?.()
          if (failure !== undefined) throw failure
          sent += 1
        },
      },
    })
    operator = harness.accounts.operator
    await harness.accounts.service.create(
      {
        handle: 'alice.test',
        email: 'alice@example.com',
        password: 'correct horse battery',
      },
      'unlimited',
    )
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const askForReset = () =>
    harness.accounts.service.requestPasswordReset('alice@example.com', 'unlimited')

  it('are listed with their errors, sent again and dropped', async () => {
    failure = new MailError('SMTP delivery failed (421)', { permanent: false })
    await askForReset()
    await harness.accounts.runDueJobs()
    const [waiting] = (await operator.listMails()).items
    expect(waiting).toMatchObject({
      kind: 'password-reset',
      status: 'waiting',
      handle: 'alice.test',
      attempts: 1,
      lastError: 'MailError: SMTP delivery failed (421)',
      dueAt: expect.any(Date),
    })
    const id = waiting?.id ?? ''
    expect(waiting?.dueAt?.getTime()).toBeGreaterThan(harness.clock.now().getTime())

    failure = new MailError('SMTP delivery failed (550)', { permanent: true })
    await operator.retryMail(id)
    await harness.accounts.runDueJobs()
    expect((await operator.listMails({ status: 'failed' })).items).toMatchObject([
      { id, status: 'failed', dueAt: null },
    ])
    expect((await operator.listMails({ status: 'waiting' })).items).toEqual([])

    failure = undefined
    expect(await operator.retryMail(id)).toMatchObject({ id, status: 'waiting', attempts: 0 })
    await harness.accounts.runDueJobs()
    expect(sent).toBe(1)
    expect((await operator.listMails()).items).toEqual([])
    await expect(operator.retryMail(id)).rejects.toThrow(MailNotFound)

    await askForReset()
    const [dropped] = (await operator.listMails()).items
    await operator.dropMail(dropped?.id ?? '')
    await harness.accounts.runDueJobs()
    expect(sent).toBe(1)
    const { events } = await operator.showAccount('alice.test')
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['mail.retried', 'mail.dropped']),
    )
  })

  it('are not changed while being sent', async () => {
    await askForReset()
    const seen: unknown[] = []
    during = async () => {
      const [mail] = (await operator.listMails()).items
      seen.push(mail?.status, await operator.retryMail(mail?.id ?? '').catch((error) => error))
    }
    await harness.accounts.runDueJobs()
    during = undefined
    expect(seen).toEqual(['sending', expect.any(WrongMailStatus)])
  })

  it('are not retried after a newer request for the same address', async () => {
    failure = new MailError('SMTP delivery failed (550)', { permanent: true })
    await askForReset()
    await harness.accounts.runDueJobs()
    failure = undefined
    const [old] = (await operator.listMails({ status: 'failed' })).items
    await askForReset()
    await expect(operator.retryMail(old?.id ?? '')).rejects.toThrow(
      'A newer reset mail for this address is already pending',
    )
  })

  it('are named by numbers, and paged through', async () => {
    for (const id of ['', '0', '-1', 'x', '9'.repeat(30), '1 or 1=1']) {
      await expect(operator.dropMail(id)).rejects.toThrow(MailNotFound)
    }
    const all = (await operator.listMails()).items
    expect(all.length).toBeGreaterThan(1)
    const page = await operator.listMails({ limit: 1 })
    expect(page.items).toEqual(all.slice(0, 1))
    const rest = await operator.listMails({ cursor: page.cursor ?? '' })
    expect(rest.items).toEqual(all.slice(1))
    await expect(operator.listMails({ cursor: 'rubbish' })).rejects.toThrow(InvalidCursor)
  })
})

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
import {
  type FaultySmtpServer,
  type SmtpFault,
  startFaultySmtpServer,
} from '@lexwright/testing/network/smtp-fault-proxy'
import { simpleParser } from 'mailparser'
import { createSmtpMailer } from './smtp-mailer.ts'

/** Delay from the first failure to the next attempt, and the longest delay. */
const FIRST_PAUSE = 30
const LONGEST_PAUSE = 40 * 60

describe('a mail server in trouble', () => {
  let database: TestDatabase
  let smtp: FaultySmtpServer
  let harness: AccountHarness
  let close: () => Promise<void>

  beforeAll(async () => {
    database = await openAccountDatabase()
    smtp = await startFaultySmtpServer()
    const mailer = createSmtpMailer({ url: smtp.url, from: 'pds@example.com', timeout: 1_500 })
    close = mailer.close
    const { policy } = await testModuleOptions({ resetTokenTtl: 600 })
    harness = await openAccountHarness(database.db, { policy, mailer })
  })
  afterAll(async () => {
    await harness.close()
    await close()
    await smtp.close()
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
  /** Each mail is parsed once, although all are searched for every name. */
  const parsed: ReturnType<typeof simpleParser>[] = []
  const codesFor = async (name: string): Promise<readonly string[]> => {
    parsed.push(...smtp.mails.slice(parsed.length).map((mail) => simpleParser(mail)))
    const mails = await Promise.all(parsed)
    return mails.flatMap(({ to, text }) =>
      [to].flat().some((each) => each?.text === `${name}@example.com`)
        ? (/[a-z2-7]{5}-[a-z2-7]{5}/.exec(text ?? '')?.[0] ?? [])
        : [],
    )
  }
  const resetWith = (token: string) =>
    harness.accounts.service.resetPassword(
      { token, password: 'another staple entirely' },
      'unlimited',
    )

  const troubles: readonly (readonly [string, SmtpFault, number])[] = [
    ['breaks before', 'drop-before', 1],
    // The sender cannot tell that the mail was accepted, so it arrives twice.
    ['breaks after', 'drop-after', 2],
    ['hangs', 'hang', 1],
    ['refuses', 'refuse', 1],
    ['is slow', { delay: 20 }, 1],
  ]
  it.each(troubles)(
    'that %s loses no mail, and the newest code works',
    async (_, fault, copies) => {
      const name = `smtp-${typeof fault === 'string' ? fault : 'slow'}`.slice(0, 18)
      await create(name)
      smtp.fail(fault)
      await harness.accounts.service.requestPasswordReset(`${name}@example.com`, 'unlimited')
      await harness.accounts.runDueJobs()
      smtp.fail('pass')
      harness.clock.advance(FIRST_PAUSE)
      await harness.accounts.runDueJobs()
      const codes = await codesFor(name)
      expect(codes).toHaveLength(copies)
      await resetWith(codes.at(-1) ?? '')
      await harness.accounts.runDueJobs()
    },
  )

  it('that is down for an hour loses nothing: every mail arrives once, with a live code', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `hour-${n}`)
    for (const name of names) await create(name)
    smtp.fail('refuse')
    for (const name of names) {
      await harness.accounts.service.requestPasswordReset(`${name}@example.com`, 'unlimited')
    }
    for (let minute = 0; minute < 60; minute++) {
      await harness.accounts.runDueJobs()
      harness.clock.advance(60)
    }
    smtp.fail('pass')
    harness.clock.advance(LONGEST_PAUSE)
    await harness.accounts.runDueJobs()
    for (const name of names) {
      const codes = await codesFor(name)
      expect(codes).toHaveLength(1)
      await resetWith(codes[0] ?? '')
    }
  })
})

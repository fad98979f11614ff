import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openAccountHarness } from '@lexwright/testing/accounts/account-harness'
import {
  type AttackTarget,
  openAttackTarget,
  password,
  RESET_PAGE,
} from '@lexwright/testing/accounts/attack-target'
import { openSmtpRecorder } from '@lexwright/testing/network/smtp-recorder'
import { createSmtpMailer } from '../mail/smtp-mailer.ts'

/** Attacks over real HTTP on a real PostgreSQL, one class per test. */
describe('abuse of names and addresses', () => {
  let target: AttackTarget
  beforeAll(async () => {
    target = await openAttackTarget()
  })
  afterAll(() => target.close())

  it('an array or an object in place of an email is refused and sends no mail', async () => {
    const victim = target.person()
    await victim.signUp()
    const email = `${victim.name}@example.com`
    const shapes: unknown[] = [
      [email],
      [email, 'evil@example.org'],
      { 0: email },
      { toString: email },
      { $ne: null },
      [[email]],
      null,
      true,
      0,
    ]
    for (const shape of shapes) {
      const refusals = await Promise.all([
        target.call('account.requestPasswordReset', { body: { email: shape } }),
        target.call('account.create', {
          body: { handle: `x${victim.name}.test`, email: shape, password },
        }),
        target.call('session.create', { body: { handle: shape, password } }),
        target.call('session.create', { body: { handle: email, password: shape } }),
        target.call('account.resetPassword', { body: { token: shape, password } }),
      ])
      for (const { status, error } of refusals) {
        expect([status, error]).toEqual([400, 'InvalidRequest'])
      }
    }
    await target.harness.accounts.runDueJobs()
    expect(
      target.harness.mailbox.messages.filter(({ to }) => String(to).includes(victim.name)),
    ).toEqual([])
  })

  it('no address adds a recipient or a header on the SMTP wire', async () => {
    const victim = target.person()
    const wiretap = await openSmtpRecorder()
    const mailer = createSmtpMailer({ url: wiretap.url, from: 'noreply@pds.test' })
    const { accounts, close } = await openAccountHarness(target.db, { mailer })
    const { email: address } = victim
    await victim.signUp()
    const addresses = [
      `${address}\r\nRCPT TO:<evil@example.org>`,
      `${address}\nBcc: evil@example.org`,
      `${address}\r\n.\r\nMAIL FROM:<evil@example.org>`,
      `"x\r\nRCPT TO:<evil@example.org>"@example.com`,
      `"${victim.name}@example.com> RCPT TO:<evil@example.org"@example.com`,
      `"evil@example.org"@example.com`,
      `${address},evil@example.org`,
      `${address};evil@example.org`,
      `${address} evil@example.org`,
      `<${address}>,<evil@example.org>`,
      `Alice <${address}>`,
      `evil@example.org(${address})`,
      `@example.org:${address}`,
      `${address}\0@evil.example.org`,
      `${address}%0d%0aRCPT TO:<evil@example.org>`,
      'evil%example.org@example.com\r\n',
    ]
    for (const email of addresses) {
      const body = { handle: `x${victim.name}.test`, email, password }
      expect(await target.call('account.create', { body })).toMatchObject({
        status: 400,
        error: 'InvalidRequest',
      })
      expect((await target.call('account.requestPasswordReset', { body: { email } })).status).toBe(
        200,
      )
    }
    await accounts.runDueJobs()
    expect(wiretap.wire()).not.toMatch(/evil/)
    // A plain request does reach the wire.
    await target.call('account.requestPasswordReset', { body: { email: address } })
    await accounts.runDueJobs()
    const recipients = wiretap.wire().match(/^RCPT TO:.*$/gm)
    expect(recipients?.map((line) => line.trim())).toEqual([`RCPT TO:<${address}>`])
    await close()
    await mailer.close()
    await wiretap.close()
  })

  it('Unicode look-alikes do not reach another account', async () => {
    const victim = target.person('kiss')
    const number = victim.name.slice('kiss'.length)
    await victim.signUp()
    const alikes = [
      `\u212Aiss${number}@example.com`,
      `ki\u017F\u017F${number}@example.com`,
      `\uFF4Biss${number}@example.com`,
      `${victim.name}@\u212A.example.com`,
      `${victim.name}@ex\u0430mple.com`,
      `${victim.name}@example\u3002com`,
      `${victim.name}\u200B@example.com`,
      `k\u0131ss${number}@example.com`,
    ]
    for (const email of alikes) {
      const sent = target.harness.mailbox.messages.length
      await target.call('account.requestPasswordReset', { body: { email } })
      await target.harness.accounts.runDueJobs()
      expect(target.harness.mailbox.messages).toHaveLength(sent)
      expect((await victim.logIn(password, email)).status).toBe(401)
    }
    for (const handle of [
      `\u212Aiss${number}.test`,
      `ki\u017F\u017F${number}.test`,
      `\uFF4Biss${number}.test`,
    ]) {
      const body = { handle, email: `other${number}@example.com`, password }
      expect(await target.call('account.create', { body })).toMatchObject({
        error: 'InvalidHandle',
      })
      expect((await victim.logIn(password, handle)).status).toBe(401)
      const query = new URLSearchParams({ handle })
      expect(
        (await fetch(`${target.harness.url}/xrpc/com.atproto.handle.resolve?${query}`)).status,
      ).toBe(400)
    }
    expect((await victim.logIn(password, victim.email.toUpperCase())).status).toBe(200)
  })

  it('Host and X-Forwarded-* never get into a link', async () => {
    const victim = target.person()
    await victim.signUp()
    const body = JSON.stringify({ email: `${victim.name}@example.com` })
    const spoofed = [
      'Host: evil.example.org',
      'X-Forwarded-Host: evil.example.org',
      'X-Forwarded-Proto: gopher',
      'X-Forwarded-Server: evil.example.org',
      'X-Forwarded-For: 6.6.6.6',
      'Forwarded: host=evil.example.org;proto=gopher',
      'X-Original-URL: //evil.example.org/',
      'Referer: https://evil.example.org/',
      'Origin: https://evil.example.org',
    ]
    const head = [
      'POST /xrpc/com.atproto.account.requestPasswordReset HTTP/1.1',
      ...spoofed,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ].join('\r\n')
    // Node passes an absolute request target on unchanged.
    for (const path of ['/xrpc/', 'http://evil.example.org/xrpc/']) {
      expect(await target.raw(`${head.replace('/xrpc/', path)}\r\n\r\n${body}`)).toMatch(
        path === '/xrpc/' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 (?:200|404) /,
      )
    }
    await target.harness.accounts.runDueJobs()
    const mail = target.harness.mailbox.messages.at(-1)
    expect(mail?.to).toBe(`${victim.name}@example.com`)
    const said = `${mail?.subject}\n${mail?.text}\n${mail?.html}`
    expect(said).not.toMatch(/evil|gopher|6\.6\.6\.6/)
    expect(said.match(/https?:\/\/[^/"\s]+\/[a-z]*/g)?.every((link) => link === RESET_PAGE)).toBe(
      true,
    )
  })
})

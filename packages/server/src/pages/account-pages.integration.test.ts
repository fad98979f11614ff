import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'
import express from 'express'
import { accountPageRoutes } from './account-pages.ts'

describe('the account pages', () => {
  let service: TodaysService
  let server: Server
  let url: string

  beforeAll(async () => {
    service = await openTodaysService({
      policy: { mailPages: { 'confirm-email': 'https://pds.test/mail/confirm-email' } },
      rateLimits: { limits: { codeRequest: { points: 2, window: 60 } } },
    })
    const calls = service.harness.accounts.pages
    const app = express().use(accountPageRoutes({ serviceName: 'Bergamot & Friends', calls }))
    server = createServer(app)
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await service.close()
  })

  /** Submits a form; returns the status, and the text of the page or its redirect. */
  async function send(path: string, fields: Record<string, string>): Promise<[number, string]> {
    const response = await fetch(`${url}/mail/${path}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
    })
    return [response.status, response.headers.get('location') ?? (await response.text())]
  }
  const account = async (did: string) => await service.harness.accounts.service.get(did)

  it('run only the script for codes, and cannot be framed or cached', async () => {
    for (const path of ['confirm-email', 'change-email', 'delete-account']) {
      const { status, headers } = await fetch(`${url}/mail/${path}`)
      expect(status).toBe(200)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'sha256-[\w+/]+='; style-src 'sha256-[\w+/]+='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      )
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
    const { headers } = await fetch(`${url}/mail/forgot-password`)
    expect(headers.get('content-security-policy')).not.toContain('script-src')
    expect((await fetch(`${url}/mail/delete-account`, { method: 'PUT' })).status).toBe(405)
  })

  it('confirm an address with the password and the code', async () => {
    const { did, email } = await service.signUp('alice')
    const owner = { name: 'alice.test', password }
    const [status, text] = await send('confirm-email', { ...owner, step: 'send' })
    expect([status, text]).toEqual([200, expect.stringContaining('A mail with a code is on')])
    expect(text).toContain('value="alice.test"')
    expect(text).not.toContain(password)
    const token = await service.codeFor(email, /^Confirm/)
    const mail = service.harness.mailbox.messages.at(-1)
    expect(mail?.text).toContain(`https://pds.test/mail/confirm-email#${token}`)

    const finish = { ...owner, step: 'finish' }
    expect(await send('confirm-email', finish)).toEqual([
      400,
      expect.stringContaining('Enter the code from the mail'),
    ])
    const stranger = { ...finish, password: 'not the password', token }
    expect(await send('confirm-email', stranger)).toEqual([
      401,
      expect.stringContaining('Wrong name or password.'),
    ])
    expect(await send('confirm-email', { ...finish, token: 'AAAAA-AAAAA' })).toEqual([
      400,
      expect.stringContaining('This code is wrong'),
    ])
    expect(await send('confirm-email', { ...finish, token })).toEqual([
      303,
      '/mail/confirm-email/done',
    ])
    expect((await account(did)).emailConfirmedAt).not.toBeNull()
    expect((await fetch(`${url}/mail/confirm-email/done`)).status).toBe(200)
  })

  it('change an address: a confirmed one needs a code', async () => {
    const { did, email } = await service.signUp('bob')
    const owner = { name: email, password }
    const [, text] = await send('change-email', { ...owner, step: 'send' })
    expect(text).toContain('No code is needed')
    const change = (to: string, token = '') =>
      send('change-email', { ...owner, email: to, token, step: 'finish' })
    expect(await change('nonsense')).toEqual([
      400,
      expect.stringContaining('This email address is not supported'),
    ])
    expect(await change('alice@example.com')).toEqual([
      400,
      expect.stringContaining('already in use'),
    ])
    expect(await change('bob2@example.com')).toEqual([303, '/mail/change-email/done'])
    expect((await account(did)).email).toBe('bob2@example.com')

    owner.name = 'alice.test'
    expect(await change('alice2@example.com')).toEqual([
      400,
      expect.stringContaining('Enter the code from the mail'),
    ])
    await send('change-email', { ...owner, step: 'send' })
    const token = await service.codeFor('alice@example.com', /^Change/)
    expect(await change('alice2@example.com', token)).toEqual([303, '/mail/change-email/done'])
  })

  it('send the code for a new password, and give the same answer for every address', async () => {
    const known = await send('forgot-password', { email: 'alice2@example.com' })
    expect(known).toEqual([303, '/mail/forgot-password/done'])
    expect(await send('forgot-password', { email: 'nobody@example.com' })).toEqual(known)
    await service.harness.accounts.runDueJobs()
    expect(service.harness.mailbox.messages.at(-1)).toMatchObject({
      to: 'alice2@example.com',
      subject: expect.stringMatching(/^Reset/),
    })
  })

  it('delete an account, within the limits of the methods', async () => {
    const { did, email } = await service.signUp('carol')
    const owner = { name: 'carol.test', password }
    await send('delete-account', { ...owner, step: 'send' })
    const token = await service.codeFor(email, /^Delete/)
    await send('delete-account', { ...owner, step: 'send' })
    expect(await send('delete-account', { ...owner, step: 'send' })).toEqual([
      429,
      expect.stringContaining('Too many attempts'),
    ])
    expect(await send('delete-account', { ...owner, token, step: 'finish' })).toEqual([
      303,
      '/mail/delete-account/done',
    ])
    expect((await account(did)).status).toBe('deleted')
  })

  it('escape all values', async () => {
    const nasty = '"><script>alert(1)</script>'
    const [, text] = await send('confirm-email', { name: nasty, password: nasty, token: nasty })
    expect(text).not.toContain('<script>alert')
    expect(text).toContain('Bergamot &amp; Friends')
  })
})

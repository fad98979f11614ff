import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'

describe('com.atproto.admin', () => {
  let service: TodaysService
  beforeAll(async () => {
    service = await openTodaysService({ policy: { inviteRequired: false } })
  })
  afterAll(() => service.close())
  const nobody = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
  const refused = (error: string, message?: string) =>
    expect.objectContaining({ error, ...(message !== undefined && { message }) })

  it('is only accepted from the admin', async () => {
    const { agent, did } = await service.signUp('curious')
    await expect(agent.com.atproto.admin.getAccountInfo({ did })).rejects.toMatchObject({
      status: 401,
    })
    const response = await service.post('admin.deleteAccount', { did })
    expect(response.status).toBe(401)
  })

  it('shows accounts', async () => {
    const { admin } = service.asAdmin.com.atproto
    const { did, email } = await service.signUp('shown')
    const shown = {
      did,
      handle: 'shown.test',
      email,
      indexedAt: expect.any(String),
      invites: [],
      invitesDisabled: false,
    }
    expect((await admin.getAccountInfo({ did })).data).toEqual(shown)
    const { data } = await admin.getAccountInfos({ dids: [nobody, did] })
    expect(data.infos).toEqual([shown])
    expect((await admin.searchAccounts({ email: 'shown@' })).data.accounts).toEqual([shown])
    await expect(admin.getAccountInfo({ did: nobody })).rejects.toEqual(
      refused('NotFound', 'Account not found'),
    )
  })

  it('takes accounts down with a reference, and deactivates them', async () => {
    const { admin } = service.asAdmin.com.atproto
    const { agent, did } = await service.signUp('moderated')
    const subject = { $type: 'com.atproto.admin.defs#repoRef' as const, did }
    const status = async () => (await admin.getSubjectStatus({ did })).data
    expect(await status()).toEqual({
      subject,
      takedown: { applied: false },
      deactivated: { applied: false },
    })
    const takedown = { applied: true, ref: 'case 7' }
    expect((await admin.updateSubjectStatus({ subject, takedown })).data).toEqual({
      subject,
      takedown,
    })
    await admin.updateSubjectStatus({ subject, takedown })
    expect(await status()).toMatchObject({ takedown })
    await expect(agent.com.atproto.server.getSession()).rejects.toEqual(refused('AccountTakedown'))
    // The owner may move away; the takedown remains.
    const { agent: leaving } = service.newApp()
    await leaving.login({ identifier: 'moderated.test', password, allowTakendown: true })
    await leaving.com.atproto.server.deactivateAccount({})
    expect(await status()).toMatchObject({ takedown, deactivated: { applied: true } })
    await expect(
      admin.updateSubjectStatus({ subject, takedown, deactivated: { applied: false } }),
    ).rejects.toEqual(
      refused('InvalidRequest', 'Cannot activate and takedown an account at the same time'),
    )
    await admin.updateSubjectStatus({ subject, takedown: { applied: false } })
    const { agent: back } = service.newApp()
    await back.login({ identifier: 'moderated.test', password })
    expect(back.session).toMatchObject({ active: false, status: 'deactivated' })
    await admin.updateSubjectStatus({ subject, deactivated: { applied: false } })
    expect((await back.com.atproto.server.getSession()).data).toMatchObject({ active: true })

    await expect(admin.getSubjectStatus({ did: nobody })).rejects.toEqual(
      refused('NotFound', 'Subject not found'),
    )
    const record = {
      $type: 'com.atproto.repo.strongRef',
      uri: `at://${did}/a.b.c/d`,
      cid: 'bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae',
    }
    await expect(admin.updateSubjectStatus({ subject: record })).rejects.toMatchObject({
      status: 501,
    })
    await expect(admin.getSubjectStatus({ uri: record.uri })).rejects.toEqual(
      refused('NotFound', 'Subject not found'),
    )
    const other = { $type: 'com.example.other', did }
    await expect(admin.updateSubjectStatus({ subject: other })).rejects.toEqual(
      refused('InvalidRequest', 'Invalid subject'),
    )
  })

  it('accepts a reserved signing key only', async () => {
    const { admin } = service.asAdmin.com.atproto
    const { did } = await service.signUp('rekeyed')
    const { data } = await service.asAdmin.com.atproto.server.reserveSigningKey({ did })
    const { signingKey } = data
    await admin.updateAccountSigningKey({ did, signingKey })
    const { keys, operator } = service.harness.accounts
    expect(await keys.publicKey(did)).toBe(signingKey)
    expect((await operator.showAccount(did)).events[0]).toMatchObject({
      event: 'signing-key.replaced',
      actor: 'admin',
    })
    await expect(
      admin.updateAccountSigningKey({
        did,
        signingKey: 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
      }),
    ).rejects.toEqual(refused('InvalidRequest'))
    await expect(admin.updateAccountSigningKey({ did: nobody, signingKey })).rejects.toEqual(
      refused('AccountNotFound'),
    )
  })

  it('changes address, handle and password, sends mails, and deletes', async () => {
    const { admin } = service.asAdmin.com.atproto
    const { did, agent } = await service.signUp('served')
    await admin.updateAccountEmail({ account: 'served.test', email: 'served2@example.com' })
    await expect(
      admin.updateAccountEmail({ account: 'nobody.test', email: 'x@example.com' }),
    ).rejects.toEqual(refused('InvalidRequest', 'Account does not exist: nobody.test'))
    await admin.updateAccountHandle({ did, handle: 'served2.test' })
    await admin.updateAccountPassword({ did, password: 'a whole new password' })
    await expect(agent.com.atproto.server.getSession()).rejects.toEqual(refused('ExpiredToken'))
    await service.newApp().agent.login({
      identifier: 'served2.test',
      password: 'a whole new password',
    })
    const mail = {
      recipientDid: did,
      senderDid: nobody,
      subject: 'Hello',
      content: 'One.\n\nTwo <b>',
    }
    expect((await admin.sendEmail(mail)).data).toEqual({ sent: true })
    await expect(admin.sendEmail({ ...mail, recipientDid: nobody })).rejects.toEqual(
      refused('InvalidRequest', 'Recipient not found'),
    )
    await service.harness.accounts.runDueJobs()
    expect(service.harness.mailbox.messages).toContainEqual(
      expect.objectContaining({
        to: 'served2@example.com',
        subject: 'Hello',
        text: 'One.\n\nTwo <b>\n',
        html: expect.stringContaining('<p>Two &lt;b&gt;</p>'),
      }),
    )
    for (const each of [did, did, nobody]) await admin.deleteAccount({ did: each })
    expect(await service.harness.accounts.service.get(did)).toMatchObject({ status: 'deleted' })
  })

  it('grants invite codes to accounts, lists their uses, and disables them', async () => {
    const { admin, server } = service.asAdmin.com.atproto
    const { did, agent } = await service.signUp('inviting')
    const { data: one } = await server.createInviteCode({ useCount: 1 })
    service.harness.clock.advance(1)
    expect(one.code).toMatch(/-[a-z2-7]{5}-[a-z2-7]{5}$/)
    const { data } = await server.createInviteCodes({
      codeCount: 2,
      useCount: 1,
      forAccounts: [did],
    })
    expect(data.codes).toEqual([{ account: did, codes: [expect.any(String), expect.any(String)] }])
    const own = async () => (await agent.com.atproto.server.getAccountInviteCodes()).data.codes
    expect(await own()).toHaveLength(2)
    expect(await own()).toContainEqual({
      code: data.codes[0]?.codes[0],
      available: 1,
      disabled: false,
      forAccount: did,
      createdBy: 'admin',
      createdAt: expect.any(String),
      uses: [],
    })
    await admin.disableInviteCodes({ accounts: [did] })
    expect((await own()).map(({ disabled }) => disabled)).toEqual([true, true])
    await admin.disableAccountInvites({ account: did, note: 'too many' })
    await expect(
      server.createInviteCodes({ codeCount: 1, useCount: 1, forAccounts: [did] }),
    ).rejects.toEqual(refused('InvalidRequest'))
    expect((await admin.getAccountInfo({ did })).data).toMatchObject({
      invitesDisabled: true,
      inviteNote: 'too many',
    })
    await admin.enableAccountInvites({ account: did })
    await expect(admin.disableInviteCodes({ accounts: ['admin'] })).rejects.toEqual(
      refused('InvalidRequest', 'cannot disable admin invite codes'),
    )
    const { data: page } = await admin.getInviteCodes({ limit: 2 })
    expect(page.codes).toHaveLength(2)
    const { data: rest } = await admin.getInviteCodes({ limit: 2, cursor: page.cursor ?? '' })
    expect(rest.codes.map(({ code }) => code)).toEqual([one.code])
    expect((await admin.getInviteCodes({ sort: 'usage' })).data.codes).toHaveLength(3)
    await expect(admin.getInviteCodes({ sort: 'other' })).rejects.toEqual(
      refused('InvalidRequest', 'unknown sort method: other'),
    )
  })
})

import { describe, expect, it } from '@jest/globals'
import { type AccountMail, deliver, writeMail } from './account-mail.ts'
import { mailPage } from './mail-page.ts'
import type { MailMessage } from './mailer.ts'
import type { PreparedMail } from './outbox-port.ts'

const SETTINGS = { serviceName: 'pds.test' }
const ID = '7b2c6a0e-4f7d-4a7e-9a52-3c1f8f0b6d11'
const PREPARED: PreparedMail = {
  id: ID,
  to: 'alice@example.com',
  language: 'pt-BR',
  content: {
    kind: 'confirm-email',
    handle: 'alice.test',
    code: 'ABCDE-FGHIJ',
    expiresInSeconds: 600,
    url: 'https://pds.test/mail/confirm-email#ABCDE-FGHIJ',
  },
}

describe('a mail', () => {
  it('is passed as kind and data to a mailer with deliver', async () => {
    const mails: AccountMail[] = []
    await deliver({ deliver: async (mail) => void mails.push(mail) }, PREPARED, SETTINGS)
    expect(mails).toEqual([
      {
        id: ID,
        to: 'alice@example.com',
        language: 'pt-BR',
        kind: 'confirm-email',
        data: {
          handle: 'alice.test',
          code: 'ABCDE-FGHIJ',
          expiresInSeconds: 600,
          url: 'https://pds.test/mail/confirm-email#ABCDE-FGHIJ',
        },
      },
    ])
  })

  it('is passed to any other mailer as rendered by writeMail', async () => {
    const messages: MailMessage[] = []
    const mails: AccountMail[] = []
    await deliver({ send: async (message) => void messages.push(message) }, PREPARED, SETTINGS)
    await deliver({ deliver: async (mail) => void mails.push(mail) }, PREPARED, SETTINGS)
    const [mail] = mails
    if (mail === undefined) throw new Error('no mail was delivered')
    const written = writeMail(mail, SETTINGS)
    expect(messages).toEqual([{ id: ID, to: 'alice@example.com', ...written }])
    expect(written.text).toContain('https://pds.test/mail/confirm-email#ABCDE-FGHIJ')
  })
})

describe('the page for a code', () => {
  const pages = { 'confirm-email': 'https://pds.test/mail/confirm-email' }

  it('has the code in the fragment', () => {
    expect(mailPage({ pages }, 'confirm-email', 'ABCDE-FGHIJ').url).toBe(
      'https://pds.test/mail/confirm-email#ABCDE-FGHIJ',
    )
    for (const kind of ['delete-account', 'sign-in', 'password-reset'] as const) {
      expect(mailPage({ pages }, kind, 'ABCDE-FGHIJ')).toEqual({})
    }
  })

  it('is the host’s for a password reset, with the code in the query', () => {
    const passwordResetUrl = 'https://app.test/reset?lang=en&x="'
    const all = { pages: { 'password-reset': 'https://pds.test/x' }, passwordResetUrl }
    expect(mailPage(all, 'password-reset', 'abcde-fghij').url).toBe(
      'https://app.test/reset?lang=en&x=%22&token=abcde-fghij',
    )
  })
})

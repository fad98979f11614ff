import { describe, expect, it } from '@jest/globals'
import { type MailContent, renderMail } from './render-mail.ts'

const SETTINGS = { serviceName: 'pds.test' }
const AT = new Date('2026-11-23T18:05:00Z')
const RESET = {
  kind: 'password-reset' as const,
  handle: 'alice.test',
  code: 'abcde-fghij',
  expiresInSeconds: 600,
}
const EVERY: readonly MailContent[] = [
  RESET,
  { kind: 'password-changed', handle: 'alice.test', at: AT },
  { kind: 'login-after-reset', handle: 'alice.test', at: AT },
  {
    kind: 'account-deleted',
    handle: 'alice.test',
    at: AT,
    purgeAt: new Date('2026-11-30T18:05:00Z'),
  },
  { ...RESET, recoveryKey: { state: 'unproven', key: 'did:key:zQ3' } },
  {
    kind: 'password-changed',
    handle: 'alice.test',
    at: AT,
    recoveryKey: { state: 'leaving', key: 'did:key:zQ3' },
  },
  {
    kind: 'login-after-reset',
    handle: 'alice.test',
    at: AT,
    recoveryKey: { state: 'removed', key: 'did:key:zQ3', objectionUntil: AT },
  },
  {
    kind: 'recovery-key-kept',
    handle: 'alice.test',
    recoveryKey: { state: 'kept', key: 'did:key:zQ3' },
  },
  { kind: 'session-reuse', handle: 'alice.test', at: AT },
]

describe('renderMail', () => {
  it('writes the reset mail: handle, code, lifetime, and what to do about an unwanted one', () => {
    const mail = renderMail(RESET, SETTINGS)
    expect(mail.subject).toBe('Reset your pds.test password')
    expect(mail.text).toBe(`Somebody asked to reset the password of @alice.test at pds.test.

If it was you, enter this code to choose a new password:

    abcde-fghij

The code works once, within 10 minutes. Asking again replaces it.

If it was not you, you need not do anything: your password stays as it is. Do not give the code to anybody.
`)
  })

  it.each(EVERY)('says the same in text and HTML: $kind', (content) => {
    const { subject, text, html } = renderMail(content, SETTINGS)
    const visible = html
      .replace(/^[\s\S]*<body[^>]*>/, '')
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .trim()
    expect(visible).toBe(text.replace(/\s+/g, ' ').trim())
    expect(text).toContain('@alice.test')
    expect(html).toContain(`<title>${subject}</title>`)
  })

  it.each(EVERY.filter((content) => 'recoveryKey' in content))(
    'names the recovery key and its power: $kind',
    (content) => {
      const { text } = renderMail(content, SETTINGS)
      expect(text).toContain('did:key:zQ3')
      expect(text).toMatch(/can undo (that|what this service changes)/)
    },
  )

  it('links to the page for the code only', () => {
    expect(renderMail(RESET, SETTINGS).html).not.toContain('href')
    const url = 'https://app.test/reset?lang=en&x=%22&token=abcde-fghij'
    const { text, html } = renderMail({ ...RESET, url }, SETTINGS)
    expect(text).toContain('https://app.test/reset?lang=en&x=%22&token=abcde-fghij')
    expect(html).toContain('href="https://app.test/reset?lang=en&amp;x=%22&amp;token=abcde-fghij"')
  })

  it('gives the date of the erasure, or says that the data are erased', () => {
    expect(renderMail(EVERY[3] as MailContent, SETTINGS).text).toContain(
      'erased on 2026-11-30 18:05 UTC',
    )
    const gone = renderMail(
      { kind: 'account-deleted', handle: 'alice.test', at: AT, purgeAt: AT },
      SETTINGS,
    )
    expect(gone.text).toContain('Its data have been erased.')
  })

  it.each(EVERY)('lets no value become markup, a header or a line: $kind', (content) => {
    const evil = '<script>alert("1")</script>\r\nBcc: eve@evil.test\u2028&amp;\''
    const { subject, text, html } = renderMail({ ...content, handle: evil } as MailContent, {
      serviceName: evil,
    })
    expect(html).not.toMatch(/<script|\r/)
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;')
    expect(html).toContain('&amp;amp;&#39;')
    expect(subject).not.toMatch(/[\r\n\u2028]/)
    expect(text).not.toMatch(/^Bcc:/m)
    expect(text).not.toMatch(/[\r\u2028]/)
  })
})

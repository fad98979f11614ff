import type { AccountMail, MailWriter } from '@lexwright/account'

/** The fields of a mail that the suites use. */
interface SuiteMail {
  readonly to: string
  readonly subject: string
  readonly html: string
}

interface MailFacts {
  readonly token: string
  readonly handle?: string
}

/** Writes the module's mails as the suites expect them, through the methods they spy on. */
export class SuiteMailer implements MailWriter {
  readonly transporter: { sendMail(mail: SuiteMail): Promise<void> } = { sendMail: async () => {} }

  async deliver(mail: AccountMail): Promise<void> {
    switch (mail.kind) {
      case 'password-reset': {
        const { code, handle } = mail.data
        await this.sendResetPassword({ handle, token: code.toUpperCase() })
        return await this.#send(mail, 'Password Reset Requested', `Reset password ${handle}`)
      }
      case 'confirm-email':
        await this.sendConfirmEmail({ token: mail.data.code })
        return await this.#send(mail, 'Email Confirmation', 'Confirm your email')
      case 'update-email':
        await this.sendUpdateEmail({ token: mail.data.code })
        return await this.#send(mail, 'Email Update Requested', 'Update your email')
      case 'delete-account':
        await this.sendAccountDelete({ token: mail.data.code })
        return await this.#send(
          mail,
          'Account Deletion Requested',
          'To permanently delete your account',
        )
      case 'plc-operation':
        await this.sendPlcOperation({ token: mail.data.code })
        return await this.#send(
          mail,
          'PLC Update Operation Requested',
          'PLC update requested. We received a request to update your PLC',
        )
    }
  }

  async sendResetPassword(_facts: MailFacts): Promise<void> {}
  async sendConfirmEmail(_facts: MailFacts): Promise<void> {}
  async sendUpdateEmail(_facts: MailFacts): Promise<void> {}
  async sendAccountDelete(_facts: MailFacts): Promise<void> {}
  async sendPlcOperation(_facts: MailFacts): Promise<void> {}

  async #send({ to }: AccountMail, subject: string, html: string): Promise<void> {
    await this.transporter.sendMail({ to, subject, html })
  }
}

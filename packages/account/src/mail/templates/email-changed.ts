import { type Letter, text } from './letter.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/** The notice to the former address of an account. */
export interface EmailChanged {
  readonly kind: 'email-changed'
  readonly handle: string
  readonly at: Date
}

export function emailChanged(mail: EmailChanged, { serviceName }: MailSettings): Letter {
  return {
    subject: `Your ${serviceName} email address was changed`,
    paragraphs: [
      text(
        `The email address of @${mail.handle} at ${serviceName} was changed on ${moment(mail.at)}. This address gets no more mail about the account.`,
      ),
      text(
        `If it was not you, write to the operator of ${serviceName} at once, and change the password of this mailbox: whoever changed it may read your mail.`,
      ),
    ],
  }
}

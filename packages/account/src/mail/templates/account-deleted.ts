import { type Letter, text } from './letter.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/** The notice after an account was deleted. */
export interface AccountDeleted {
  readonly kind: 'account-deleted'
  readonly handle: string
  readonly at: Date
  /** Date of the final erasure; until then an operator can restore the account. */
  readonly purgeAt: Date
}

export function accountDeleted(mail: AccountDeleted, { serviceName }: MailSettings): Letter {
  return {
    subject: `Your ${serviceName} account was deleted`,
    paragraphs: [
      text(`The account @${mail.handle} at ${serviceName} was deleted on ${moment(mail.at)}.`),
      mail.purgeAt > mail.at
        ? text(
            `Its data will be erased on ${moment(mail.purgeAt)}. If it was not you, or you have changed your mind, write to the operator of ${serviceName} before then.`,
          )
        : text('Its data have been erased.'),
    ],
  }
}

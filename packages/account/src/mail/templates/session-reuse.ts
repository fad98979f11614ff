import { type Letter, text } from './letter.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/** The notice that a login was ended because one of its former tokens was used again. */
export interface SessionReuse {
  readonly kind: 'session-reuse'
  readonly handle: string
  readonly at: Date
}

export function sessionReuse(mail: SessionReuse, { serviceName }: MailSettings): Letter {
  return {
    subject: `A login to your ${serviceName} account was ended`,
    paragraphs: [
      text(
        `A login of @${mail.handle} at ${serviceName} was ended on ${moment(mail.at)}, because one of its old keys was used after being replaced.`,
      ),
      text(
        'This happens when a device or a browser tab comes back after a long time. Log in again there.',
      ),
      text(
        'It also happens when somebody else has copied the login from a device. If none of your devices asked you to log in again, request a password reset: it logs out every device.',
      ),
    ],
  }
}

import { type Letter, text } from './letter.ts'
import { type RecoveryKeyNotice, recoveryKeyParagraphs } from './recovery-key.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/** The notice after a password was reset. */
export interface PasswordChanged {
  readonly kind: 'password-changed'
  readonly handle: string
  readonly at: Date
  readonly recoveryKey?: RecoveryKeyNotice
}

export function passwordChanged(mail: PasswordChanged, { serviceName }: MailSettings): Letter {
  return {
    subject: `Your ${serviceName} password was changed`,
    paragraphs: [
      text(`The password of @${mail.handle} at ${serviceName} was changed on ${moment(mail.at)}.`),
      text('Every device was logged out; log in again with the new password.'),
      text(
        'If it was not you, request another password reset at once, and change the password of this mailbox: whoever changed it could read your mail.',
      ),
      ...recoveryKeyParagraphs(mail.recoveryKey),
    ],
  }
}

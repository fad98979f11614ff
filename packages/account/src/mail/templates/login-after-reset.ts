import { type Letter, text } from './letter.ts'
import { type RecoveryKeyNotice, recoveryKeyParagraphs } from './recovery-key.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/** The notice after the first login with a password that was reset. */
export interface LoginAfterReset {
  readonly kind: 'login-after-reset'
  readonly handle: string
  readonly at: Date
  readonly recoveryKey?: RecoveryKeyNotice
}

export function loginAfterReset(mail: LoginAfterReset, { serviceName }: MailSettings): Letter {
  return {
    subject: `Login to your ${serviceName} account with the new password`,
    paragraphs: [
      text(
        `Somebody logged in to @${mail.handle} at ${serviceName} on ${moment(mail.at)}, for the first time since its password was changed.`,
      ),
      text(
        'If it was not you, request another password reset at once, and change the password of this mailbox: whoever logged in could read your mail.',
      ),
      ...recoveryKeyParagraphs(mail.recoveryKey),
    ],
  }
}

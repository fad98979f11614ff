import { duration } from './duration.ts'
import { code, type Letter, link, text } from './letter.ts'
import { type RecoveryKeyNotice, recoveryKeyParagraphs } from './recovery-key.ts'
import type { MailSettings } from './settings.ts'

/** The code for choosing a new password. */
export interface PasswordReset {
  readonly kind: 'password-reset'
  readonly handle: string
  readonly code: string
  /** Lifetime of the code, in seconds. */
  readonly expiresInSeconds: number
  /** Link to the page that takes the code, with the code filled in. */
  readonly url?: string
  readonly recoveryKey?: RecoveryKeyNotice
}

export function passwordReset(mail: PasswordReset, { serviceName }: MailSettings): Letter {
  return {
    subject: `Reset your ${serviceName} password`,
    paragraphs: [
      text(`Somebody asked to reset the password of @${mail.handle} at ${serviceName}.`),
      text('If it was you, enter this code to choose a new password:'),
      code(mail.code),
      ...(mail.url === undefined ? [] : [link('Choose a new password', mail.url)]),
      text(
        `The code works once, within ${duration(mail.expiresInSeconds)}. Asking again replaces it.`,
      ),
      text(
        'If it was not you, you need not do anything: your password stays as it is. Do not give the code to anybody.',
      ),
      ...recoveryKeyParagraphs(mail.recoveryKey),
    ],
  }
}

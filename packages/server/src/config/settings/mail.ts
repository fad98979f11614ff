import { boolean, connectionUrl, sender, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** Mail delivery. */
export interface MailValues {
  readonly smtpUrl: string | undefined
  readonly emailFrom: string | undefined
  readonly passwordResetUrl: string | undefined
  readonly accountPagesEnabled: boolean
}

export const mailSettings: SettingsOf<MailValues> = {
  smtpUrl: {
    name: 'PDS_EMAIL_SMTP_URL',
    otherwise: 'mails become files',
    description:
      'Mail server, `smtp://` or `smtps://`, with user and password. Percent-encode reserved characters in them.',
    read: connectionUrl('smtp', 'smtps'),
  },
  emailFrom: {
    name: 'PDS_EMAIL_FROM_ADDRESS',
    otherwise: '`noreply@<PDS_HOSTNAME>`',
    description: 'Sender of mails. Required with `PDS_EMAIL_SMTP_URL`.',
    read: sender,
  },
  passwordResetUrl: {
    name: 'PDS_PASSWORD_RESET_URL',
    otherwise: "the service's own page",
    description: 'Page for entering a reset code. Mails link to it with `?token=`.',
    read: url('http', 'https'),
  },
  accountPagesEnabled: {
    name: 'PDS_ACCOUNT_PAGES_ENABLED',
    default: 'true',
    description:
      'True to serve the pages that mails link to: for a new password, the email address and the deletion of an account.',
    read: boolean,
  },
}

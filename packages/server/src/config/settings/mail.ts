import { boolean, connectionUrl, sender, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** How mail leaves. */
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
      'Mail server, `smtp://` or `smtps://`, with user and password, whose reserved characters are percent-encoded.',
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
    description: 'Page on which a reset code is entered. Mails link to it with `?token=`.',
    read: url('http', 'https'),
  },
  accountPagesEnabled: {
    name: 'PDS_ACCOUNT_PAGES_ENABLED',
    default: 'true',
    description:
      'Whether there are pages for people, to which mails link: a new password, the email address, the end of an account.',
    read: boolean,
  },
}

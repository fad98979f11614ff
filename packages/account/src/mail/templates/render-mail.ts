import { type AccountDeleted, accountDeleted } from './account-deleted.ts'
import { type EmailChanged, emailChanged } from './email-changed.ts'
import { type RenderedMail, renderLetter } from './letter.ts'
import { type LoginAfterReset, loginAfterReset } from './login-after-reset.ts'
import { type MailCodeLetter, mailCode } from './mail-code.ts'
import { type MessageLetter, message } from './message.ts'
import { type PasswordChanged, passwordChanged } from './password-changed.ts'
import { type PasswordReset, passwordReset } from './password-reset.ts'
import { type RecoveryKeyKept, recoveryKeyKept } from './recovery-key.ts'
import { type SessionReuse, sessionReuse } from './session-reuse.ts'
import type { MailSettings } from './settings.ts'

export type { RenderedMail } from './letter.ts'
export type { MailSettings } from './settings.ts'

/** The content of every mail of the account module. */
export type MailContent =
  | PasswordReset
  | PasswordChanged
  | LoginAfterReset
  | SessionReuse
  | AccountDeleted
  | EmailChanged
  | MailCodeLetter
  | MessageLetter
  | RecoveryKeyKept

/** Renders a mail: subject, text and HTML. */
export function renderMail(content: MailContent, settings: MailSettings): RenderedMail {
  switch (content.kind) {
    case 'password-reset':
      return renderLetter(passwordReset(content, settings))
    case 'password-changed':
      return renderLetter(passwordChanged(content, settings))
    case 'login-after-reset':
      return renderLetter(loginAfterReset(content, settings))
    case 'session-reuse':
      return renderLetter(sessionReuse(content, settings))
    case 'account-deleted':
      return renderLetter(accountDeleted(content, settings))
    case 'message':
      return renderLetter(message(content))
    case 'email-changed':
      return renderLetter(emailChanged(content, settings))
    case 'confirm-email':
    case 'update-email':
    case 'delete-account':
    case 'plc-operation':
    case 'sign-in':
      return renderLetter(mailCode(content, settings))
    case 'recovery-key-kept':
      return renderLetter(recoveryKeyKept(content, settings))
  }
}

import type { MailMessage } from './mailer.ts'
import type { PreparedMail } from './outbox-port.ts'
import type { AccountDeleted } from './templates/account-deleted.ts'
import type { EmailChanged } from './templates/email-changed.ts'
import type { LoginAfterReset } from './templates/login-after-reset.ts'
import type { MailCodeLetter } from './templates/mail-code.ts'
import type { MessageLetter } from './templates/message.ts'
import type { PasswordChanged } from './templates/password-changed.ts'
import type { PasswordReset } from './templates/password-reset.ts'
import type { RecoveryKeyKept } from './templates/recovery-key.ts'
import { type MailContent, type RenderedMail, renderMail } from './templates/render-mail.ts'
import type { SessionReuse } from './templates/session-reuse.ts'
import type { MailSettings } from './templates/settings.ts'

type DataOf<Content> = Omit<Content, 'kind'>

/** The data of each kind of mail. */
export interface MailData {
  readonly 'password-reset': DataOf<PasswordReset>
  readonly 'password-changed': DataOf<PasswordChanged>
  readonly 'login-after-reset': DataOf<LoginAfterReset>
  readonly 'recovery-key-kept': DataOf<RecoveryKeyKept>
  readonly 'session-reuse': DataOf<SessionReuse>
  readonly 'account-deleted': DataOf<AccountDeleted>
  readonly 'confirm-email': DataOf<MailCodeLetter>
  readonly 'update-email': DataOf<MailCodeLetter>
  readonly 'delete-account': DataOf<MailCodeLetter>
  readonly 'plc-operation': DataOf<MailCodeLetter>
  readonly 'sign-in': DataOf<MailCodeLetter>
  readonly 'email-changed': DataOf<EmailChanged>
  readonly message: DataOf<MessageLetter>
}

/** A mail before it is written. */
export type AccountMail = {
  readonly [Kind in keyof MailData]: {
    readonly kind: Kind
    readonly data: MailData[Kind]
    /** A single mailbox, `local@domain`. */
    readonly to: string
    /** As {@link MailMessage.id}. */
    readonly id: string
    /** Set by the host's `mailLanguage`. */
    readonly language?: string
  }
}[keyof MailData]

/** Writes and sends mails itself. */
export interface MailWriter {
  /**
   * Resolves once the next server has accepted the mail. After a failure it is called again, with
   * the same mail but a new code if it has one.
   *
   * @throws {MailError}
   */
  deliver(mail: AccountMail): Promise<void>
}

/** A mailer for mails written by the module, or one that writes them itself. */
export type AccountMailer = { send(message: MailMessage): Promise<void> } | MailWriter

/** Renders a mail with the module's own English text. */
export function writeMail({ kind, data }: AccountMail, settings: MailSettings): RenderedMail {
  return renderMail({ kind, ...data } as MailContent, settings)
}

/** Passes a mail to the mailer, rendered first if necessary. */
export async function deliver(
  mailer: AccountMailer,
  { content, ...envelope }: PreparedMail,
  settings: MailSettings,
): Promise<void> {
  const { kind, ...data } = content
  const mail = { ...envelope, kind, data } as AccountMail
  if ('deliver' in mailer) return await mailer.deliver(mail)
  const { id, to } = envelope
  await mailer.send({ id, to, ...writeMail(mail, settings) })
}

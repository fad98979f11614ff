import { type Mailbox, parseMailbox } from './envelope.ts'
import type { MailMessage } from './mailer.ts'

/** A message for nodemailer with nothing left to parse, fetch or read from disk. */
export interface MimeMessage {
  readonly from: string
  readonly to: Mailbox
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId?: string
  readonly headers: Readonly<Record<string, string>>
  readonly disableFileAccess: true
  readonly disableUrlAccess: true
}

/**
 * Builds the MIME message.
 *
 * @param from `Name <address>` or an address, from configuration.
 * @throws {MailError} permanent, if the recipient is not exactly one mailbox.
 */
export function toMime(from: string, message: MailMessage): MimeMessage {
  const host = from.slice(from.lastIndexOf('@') + 1).replace(/[^A-Za-z0-9.-]/g, '')
  return {
    from,
    to: parseMailbox(message.to),
    subject: message.subject,
    text: message.text,
    html: message.html,
    ...(message.id === undefined ? {} : { messageId: `<${message.id}@${host}>` }),
    // RFC 3834: suppresses out-of-office answers.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

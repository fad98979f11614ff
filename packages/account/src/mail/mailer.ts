/** A mail, ready to send. */
export interface MailMessage {
  /** A single mailbox, `local@domain`. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /**
   * Identifies the mail across attempts without revealing anything about it. Becomes the
   * `Message-ID`, by which mail programs recognize duplicates after a lost answer. A reset mail has
   * a new code with each attempt, and so a new id.
   */
  readonly id?: string
}

/** Sends mails. */
export interface Mailer {
  /**
   * Resolves once the next server has accepted the message.
   * @throws {MailError}
   */
  send(message: MailMessage): Promise<void>
  /**
   * Resolves if mail can be sent now, without sending any.
   * @throws {MailError}
   */
  check(): Promise<void>
  /** Closes connections. */
  close(): Promise<void>
}

/**
 * A mail could not be sent. The message contains no address and nothing of the mail; the cause may
 * (servers quote the recipient), so do not log it.
 */
export class MailError extends Error {
  override readonly name = 'MailError'
  /** True if a retry is useless: the address or the message itself was refused. */
  readonly permanent: boolean

  constructor(message: string, { permanent, cause }: { permanent: boolean; cause?: unknown }) {
    super(message, { cause })
    this.permanent = permanent
  }
}

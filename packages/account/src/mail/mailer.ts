/** One mail, ready to be sent. */
export interface MailMessage {
  /** A single mailbox, `local@domain`. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /**
   * Names the mail across attempts, and tells nothing of it. It becomes the `Message-ID`, so that a mail sent twice (the
   * answer to the first attempt was lost) can be recognised as one. A reset mail has another code with each attempt, and with
   * it another id.
   */
  readonly id?: string
}

/** Hands mails to whatever delivers them. */
export interface Mailer {
  /**
   * Resolves once the message is in other hands.
   * @throws {MailError}
   */
  send(message: MailMessage): Promise<void>
  /**
   * Resolves when mail could be handed over now. Nothing is sent.
   * @throws {MailError}
   */
  check(): Promise<void>
  /** Lets go of connections. */
  close(): Promise<void>
}

/**
 * A mail could not be handed over. The message holds no address and nothing of the mail; the cause may
 * (servers quote the recipient), so it is not for logs.
 */
export class MailError extends Error {
  override readonly name = 'MailError'
  /** True if trying again is useless: the address or the message itself was refused. */
  readonly permanent: boolean

  constructor(message: string, { permanent, cause }: { permanent: boolean; cause?: unknown }) {
    super(message, { cause })
    this.permanent = permanent
  }
}

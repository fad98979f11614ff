import { MailError, type Mailer } from './mailer.ts'
import { toMime } from './mime.ts'

export interface SmtpMailerOptions {
  /** `smtp://` or `smtps://`, with user and password when the server asks for them. */
  readonly url: string
  /** The sender: an address or `Name <address>`. */
  readonly from: string
  /** Connections kept at most; 2 by default. */
  readonly maxConnections?: number
  /** How long the server may stay silent, in milliseconds; 15 s by default. */
  readonly timeout?: number
}

/** Sends mail through an SMTP server. Connections are pooled and opened with the first mail. */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  let opened: ReturnType<typeof openTransport> | undefined
  const transport = () => {
    opened ??= openTransport(options)
    return opened
  }

  return {
    send: async (message) => {
      const mime = toMime(options.from, message)
      try {
        await (await transport()).sendMail(mime)
      } catch (cause) {
        throw toMailError(cause)
      }
    },
    check: async () => {
      try {
        await (await transport()).verify()
      } catch (cause) {
        throw toMailError(cause)
      }
    },
    close: async () => (await opened)?.close(),
  }
}

/** Loaded with the first mail. */
async function openTransport({ url, maxConnections = 2, timeout = 15_000 }: SmtpMailerOptions) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    url,
    maxConnections,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** Fields that nodemailer adds to its errors. */
interface SmtpError {
  readonly code?: unknown
  readonly command?: unknown
  readonly responseCode?: unknown
}

function toMailError(cause: unknown): MailError {
  const { code, command, responseCode }: SmtpError =
    typeof cause === 'object' && cause !== null ? cause : {}
  // A refused login is the operator's to mend, not the mail's fault: keep trying.
  const refused =
    typeof responseCode === 'number' &&
    responseCode >= 500 &&
    responseCode < 600 &&
    code !== 'EAUTH'
  const unaddressable = code === 'EENVELOPE' && responseCode === undefined
  const facts = [code, responseCode, command].filter((fact) => fact !== undefined)
  return new MailError(`SMTP delivery failed (${facts.join(' ') || 'no answer'})`, {
    permanent: refused || unaddressable,
    cause,
  })
}

import { MailError, type Mailer } from './mailer.ts'
import { toMime } from './mime.ts'

export interface SmtpMailerOptions {
  /** `smtp://` or `smtps://`, with user and password if the server requires them. */
  readonly url: string
  /** The sender: an address or `Name <address>`. */
  readonly from: string
  /** Maximum connections; 2 by default. */
  readonly maxConnections?: number
  /** Timeout for answers of the server, in milliseconds; 15000 by default. */
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

/** Loaded with the first mail, to keep startup fast. */
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
  // A refused login is for the operator to fix and no fault of the mail: keep retrying.
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

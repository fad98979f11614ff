import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MailError, type Mailer } from './mailer.ts'
import { toMime } from './mime.ts'

export interface FileMailerOptions {
  /** Directory for the mails; created if missing. */
  readonly directory: string
  /** The sender: an address or `Name <address>`. */
  readonly from: string
  /** Called for each mail with the file, never the recipient or the content. */
  readonly logger: { info(fields: object, message: string): void }
  readonly clock: { now(): Date }
}

/**
 * Writes each mail to an `.eml` file, for development or for another program to send. File names
 * sort by time, and files appear complete.
 */
export function createFileMailer(options: FileMailerOptions): Mailer {
  const { directory, from, logger, clock } = options
  let transport: ReturnType<typeof openTransport> | undefined

  const makeDirectory = () => mkdir(directory, { recursive: true, mode: 0o700 })

  return {
    send: async (message) => {
      const mime = toMime(from, message)
      const time = clock.now()
      const name = `${time.toISOString().replace(/[-:]/g, '')}-${randomUUID().slice(0, 8)}.eml`
      const file = join(directory, name)
      try {
        transport ??= openTransport()
        const { message: bytes } = await (await transport).sendMail({ ...mime, date: time })
        await makeDirectory()
        await writeAtomically(file, bytes as Buffer)
      } catch (cause) {
        throw new MailError('the mail could not be written to a file', { permanent: false, cause })
      }
      logger.info({ file }, 'mail written to a file because no mail server is configured')
    },
    check: async () => {
      try {
        await makeDirectory()
        await access(directory, constants.W_OK)
      } catch (cause) {
        throw new MailError('mails cannot be written to files', { permanent: false, cause })
      }
    },
    close: async () => (await transport)?.close(),
  }
}

/** Loaded with the first mail, to keep startup fast. */
async function openTransport() {
  const { createTransport } = await import('nodemailer')
  return createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
}

/** Other processes see the complete file or none, and other users no file at all. */
async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`
  try {
    await writeFile(partial, bytes, { mode: 0o600, flag: 'wx' })
    await rename(partial, file)
  } finally {
    await rm(partial, { force: true })
  }
}

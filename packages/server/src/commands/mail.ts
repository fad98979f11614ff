import type { MailError } from '@lexwright/account'
import type { Command } from 'commander'
import { mailDirectory } from '../config/places.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { json } from './layout.ts'
import { jsonOption } from './options.ts'
import { commandConfig, commandLogger } from './with-accounts.ts'

/** `mail test` */
export function addMailCommands(program: Command, console: Console): void {
  program
    .command('mail')
    .description('look after mail')
    .command('test')
    .description('send a mail, at once and without a database')
    .argument('<address>', 'to whom')
    .addOption(jsonOption())
    .action((address: string, options: { readonly json?: true }) =>
      sendTest(console, address, options),
    )
}

async function sendTest(
  console: Console,
  to: string,
  options: { readonly json?: true },
): Promise<void> {
  const { html, MailError } = await import('@lexwright/account')
  const { createMailer } = await import('../create-accounts.ts')
  const config = commandConfig(console)
  const mailer = createMailer(config, commandLogger(console))
  const sentence = `This mail shows that ${config.serviceName} can send mail.`
  try {
    await mailer.send({
      to,
      subject: `Test mail of ${config.serviceName}`,
      text: `${sentence}\n`,
      html: html`<!doctype html><html lang="en"><title>Test mail</title><p>${sentence}</p></html>`
        .source,
    })
  } catch (cause) {
    if (!(cause instanceof MailError)) throw cause
    throw new CommandError('failed', explainMailError(cause), { cause })
  } finally {
    await mailer.close()
  }
  const via = config.smtpUrl === undefined ? mailDirectory(config) : 'smtp'
  if (options.json) return console.write(json({ sent: true, from: config.emailFrom, via }))
  console.write(
    config.smtpUrl === undefined
      ? `Written to a file in ${via}, because PDS_EMAIL_SMTP_URL is not set\n`
      : `The mail server took the mail from ${config.emailFrom}\n`,
  )
}

/** The operator's own eyes may see what the mail server said. */
export function explainMailError({ message, cause }: MailError): string {
  const reason = (cause as { readonly message?: unknown } | undefined)?.message
  return typeof reason === 'string' ? `${message}: ${reason.replace(/\p{Cc}+/gu, ' ')}` : message
}

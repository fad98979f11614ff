import type { Mail, MailError } from '@lexwright/account'
import { type Command, Option } from 'commander'
import { mailDirectory } from '../config/places.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { type Column, json, table } from './layout.ts'
import { cursorOption, jsonOption, limitOption, nextPage, type PageOptions } from './options.ts'
import { commandConfig, commandLogger, withAccounts } from './with-accounts.ts'

/** `mail …` */
export function addMailCommands(program: Command, console: Console): void {
  const mail = program.command('mail').description('list, retry, drop and test mails')

  mail
    .command('list')
    .description('list unsent mails, newest first')
    .addOption(new Option('--status <status>', 'only mails with this status').choices(STATUSES))
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(jsonOption())
    .action(({ json: asJson, ...query }: ListOptions) =>
      withAccounts(console, async ({ operator }) => {
        const page = await operator.listMails(query)
        if (asJson) return console.write(json(page))
        if (page.items.length > 0) console.write(table(columns, page.items))
        else console.tell('There are no such mails.\n')
        console.tell(nextPage(page))
      }),
    )

  mail
    .command('retry')
    .description('send a mail now, even if it was given up')
    .argument('<id>', 'its number in the list')
    .addOption(jsonOption())
    .action((id: string, options: { readonly json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const retried = await operator.retryMail(id)
        console.write(
          options.json ? json(retried) : `mail ${id} will be sent in the next run of a server\n`,
        )
      }),
    )

  mail
    .command('drop')
    .description('remove a mail')
    .argument('<id>', 'its number in the list')
    .addOption(jsonOption())
    .action((id: string, options: { readonly json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const dropped = await operator.dropMail(id)
        console.write(options.json ? json(dropped) : `mail ${id} is removed\n`)
      }),
    )

  mail
    .command('test')
    .description('send a test mail at once, without a database')
    .argument('<address>', 'recipient')
    .addOption(jsonOption())
    .action((address: string, options: { readonly json?: true }) =>
      sendTest(console, address, options),
    )
}

const STATUSES: readonly Mail['status'][] = ['waiting', 'sending', 'failed']

interface ListOptions extends PageOptions {
  readonly status?: Mail['status']
  readonly json?: true
}

const columns: readonly Column<Mail>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'to', value: ({ handle, did }) => handle ?? did },
  { title: 'status', value: ({ status }) => status },
  { title: 'queued', value: ({ createdAt }) => createdAt },
  { title: 'due', value: ({ dueAt }) => dueAt },
  { title: 'attempts', value: ({ attempts }) => attempts },
  { title: 'last error', value: ({ lastError }) => lastError },
]

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
      subject: `Test mail from ${config.serviceName}`,
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
      : `The mail server accepted the mail from ${config.emailFrom}\n`,
  )
}

/** Includes the mail server's answer, which is safe to show to the operator. */
export function explainMailError({ message, cause }: MailError): string {
  const reason = (cause as { readonly message?: unknown } | undefined)?.message
  return typeof reason === 'string' ? `${message}: ${reason.replace(/\p{Cc}+/gu, ' ')}` : message
}

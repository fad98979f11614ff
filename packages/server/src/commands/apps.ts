import type { AppSession, Browser } from '@lexwright/oauth'
import type { Command } from 'commander'
import type { Console } from './console.ts'
import { type Column, json, table } from './layout.ts'
import { jsonOption } from './options.ts'
import { withOAuth } from './with-accounts.ts'

const ACCOUNT = 'its DID, handle or email address'

interface JsonOptions {
  readonly json?: true
}

/** `apps …` and `browsers …`: OAuth sessions of an account. */
export function addAppCommands(program: Command, console: Console): void {
  const apps = program.command('apps').description('list and end the app sessions of an account')

  apps
    .command('list')
    .description('list the apps that an account is signed in to, newest first')
    .argument('<account>', ACCOUNT)
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions) =>
      withOAuth(console, async ({ operator }) => {
        const items = await operator.listApps(account)
        if (options.json) return console.write(json({ items }))
        if (items.length > 0) console.write(table(appColumns, items))
        else console.tell('The account is not signed in to any app.\n')
      }),
    )

  apps
    .command('revoke')
    .description(
      'sign an account out of an app, or of all apps, at once; the app must ask for consent again',
    )
    .argument('<account>', ACCOUNT)
    .argument('[app]', 'its id from the list; all if omitted')
    .addOption(jsonOption())
    .action((account: string, app: string | undefined, options: JsonOptions) =>
      withOAuth(console, async ({ operator }) => {
        const ended = await operator.revokeApps(account, app)
        console.write(options.json ? json({ ended }) : `${ended} ended\n`)
      }),
    )

  const browsers = program
    .command('browsers')
    .description('list and end the browsers that remember an account')

  browsers
    .command('list')
    .description('list the browsers in which an account is signed in')
    .argument('<account>', ACCOUNT)
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions) =>
      withOAuth(console, async ({ operator }) => {
        const items = await operator.listBrowsers(account)
        if (options.json) return console.write(json({ items }))
        if (items.length > 0) console.write(table(browserColumns, items))
        else console.tell('No browser remembers the account.\n')
      }),
    )

  browsers
    .command('forget')
    .description('sign an account out of a browser, or of all; its apps stay signed in')
    .argument('<account>', ACCOUNT)
    .argument('[browser]', 'its id from the list; all if omitted')
    .addOption(jsonOption())
    .action((account: string, browser: string | undefined, options: JsonOptions) =>
      withOAuth(console, async ({ operator }) => {
        const forgotten = await operator.forgetBrowsers(account, browser)
        console.write(options.json ? json({ forgotten }) : `${forgotten} forgotten\n`)
      }),
    )
}

const appColumns: readonly Column<AppSession>[] = [
  { title: 'app', value: ({ clientId }) => clientId },
  { title: 'began', value: ({ createdAt }) => createdAt },
  { title: 'refreshed', value: ({ refreshedAt }) => refreshedAt },
  { title: 'may', value: ({ scope }) => scope },
]

const browserColumns: readonly Column<Browser>[] = [
  { title: 'browser', value: ({ id }) => id },
  { title: 'signed in', value: ({ signedInAt }) => signedInAt },
  { title: 'seen', value: ({ lastSeenAt }) => lastSeenAt },
  { title: 'from', value: ({ ipAddress }) => ipAddress },
  { title: 'program', value: ({ userAgent }) => userAgent },
]

import type {
  AccountDetails,
  AccountOperator,
  AccountStatus,
  AccountSummary,
} from '@lexwright/account'
import { type Command, Option } from 'commander'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { type Column, facts, json, moment, table } from './layout.ts'
import { cursorOption, jsonOption, limitOption, nextPage, type PageOptions } from './options.ts'
import { withAccounts } from './with-accounts.ts'

const STATUSES: readonly AccountStatus[] = ['active', 'pending', 'disabled', 'deleted']
const ACCOUNT = 'its DID, handle or email address'

/** `accounts …` */
export function addAccountCommands(program: Command, console: Console): void {
  const accounts = program.command('accounts').description('look at accounts and change them')

  accounts
    .command('list')
    .description('list accounts, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--search <text>', 'only handles and email addresses with this text in them')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(jsonOption())
    .action((options: ListOptions) => list(console, options))

  accounts
    .command('show')
    .description('show everything about one account')
    .argument('<account>', ACCOUNT)
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        const details = await operator.showAccount(account)
        console.write(options.json ? json(details) : describeAccount(details))
      }),
    )

  for (const { name, description, change } of changes) {
    accounts
      .command(name)
      .description(description)
      .argument('<account>', ACCOUNT)
      .addOption(jsonOption())
      .action((account: string, options: JsonOptions) =>
        withAccounts(console, async ({ operator }) => {
          report(console, await change(operator, account), options)
        }),
      )
  }

  accounts
    .command('purge')
    .description('erase the personal data of a deleted account now; cannot be undone')
    .argument('<account>', ACCOUNT)
    .option('--yes', 'do not ask')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions & { readonly yes?: true }) =>
      withAccounts(console, async ({ operator }) => {
        if (options.yes !== true) await confirmPurge(console, await operator.showAccount(account))
        report(console, await operator.purgeAccount(account), options)
      }),
    )

  accounts
    .command('reset-password')
    .description('give an account a new password, and end its sessions; its owner is told by mail')
    .argument('<account>', ACCOUNT)
    .option('--stdin', 'read the password from stdin instead of drawing one')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions & { readonly stdin?: true }) =>
      resetPassword(console, account, options),
    )
}

interface JsonOptions {
  readonly json?: true
}

interface ListOptions extends JsonOptions, PageOptions {
  readonly status?: AccountStatus
  readonly search?: string
}

/** The changes of status that can be undone. */
const changes: readonly {
  readonly name: string
  readonly description: string
  readonly change: (operator: AccountOperator, account: string) => Promise<AccountSummary>
}[] = [
  {
    name: 'disable',
    description: 'let its owner look at an account, and do nothing else',
    change: (operator, account) => operator.disableAccount(account),
  },
  {
    name: 'enable',
    description: 'undo disable',
    change: (operator, account) => operator.enableAccount(account),
  },
  {
    name: 'delete',
    description: 'delete an account, as its owner could; it can be restored for a while',
    change: (operator, account) => operator.deleteAccount(account),
  },
  {
    name: 'restore',
    description: 'undo a deletion within its grace period',
    change: (operator, account) => operator.restoreAccount(account),
  },
]

const columns: readonly Column<AccountSummary>[] = [
  { title: 'handle', value: ({ handle }) => handle },
  { title: 'email', value: ({ email }) => email },
  { title: 'status', value: statusOf },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'did', value: ({ did }) => did },
]

function list(console: Console, { json: asJson, ...query }: ListOptions): Promise<void> {
  return withAccounts(console, async ({ operator }) => {
    const page = await operator.listAccounts(query)
    if (asJson) return console.write(json(page))
    if (page.items.length > 0) console.write(table(columns, page.items))
    else console.tell('There are no such accounts.\n')
    console.tell(nextPage(page))
  })
}

function report(console: Console, account: AccountSummary, options: JsonOptions): void {
  if (options.json) {
    console.write(json(account))
    return
  }
  const until =
    account.status === 'deleted' && account.purgedAt === null && account.purgeAfter !== null
      ? `; it can be restored until ${moment(account.purgeAfter)}`
      : ''
  console.write(`${account.handle ?? account.did} is ${statusOf(account)}${until}\n`)
}

async function confirmPurge(console: Console, { handle, did }: AccountDetails): Promise<void> {
  if (console.ask === undefined) {
    throw new CommandError('usage', 'a purge cannot be undone: confirm it with --yes')
  }
  const name = handle ?? did
  const answer = await console.ask(`This cannot be undone. Type ${name} to purge it: `)
  if (answer.trim() !== name) throw new CommandError('refused', 'not purged')
}

async function resetPassword(
  console: Console,
  account: string,
  options: JsonOptions & { readonly stdin?: true },
): Promise<void> {
  const given = options.stdin ? (await console.readInput()).replace(/\r?\n$/, '') : undefined
  await withAccounts(console, async ({ operator }) => {
    const { did, handle, password } = await operator.setPassword(account, given)
    // Who typed a password knows it.
    const drawn = given === undefined ? { password } : {}
    if (options.json) return console.write(json({ did, handle, ...drawn }))
    console.tell(`${handle} has a new password, and is logged out everywhere.\n`)
    if (given === undefined) console.write(`${password}\n`)
  })
}

function describeAccount(account: AccountDetails): string {
  const { publication, events } = account
  const about = facts([
    ['DID', account.did],
    ['Handle', account.handle],
    ['Email', account.email],
    ['Status', statusOf(account)],
    ['Invite code', account.inviteCode],
    ['Created', account.createdAt],
    ['Activated', account.activatedAt],
    ['Password since', account.passwordChangedAt],
    ['Disabled', account.disabledAt],
    ['Deleted', account.deletedAt],
    ['Restorable until', account.purgedAt === null ? account.purgeAfter : null],
    ['Purged', account.purgedAt],
    ['DID published', publication && publishedAt(publication)],
    ['Live sessions', account.liveSessions],
    ['Mails waiting', account.pendingMails],
  ])
  if (events.length === 0) return about
  const history = table(
    [
      { title: 'at', value: ({ at }) => at },
      { title: 'event', value: ({ event }) => event },
      { title: 'by', value: ({ actor }) => actor },
    ],
    events,
  )
  return `${about}\n${history}`
}

function publishedAt({
  publishedAt: at,
  attempts,
  lastError,
}: NonNullable<AccountDetails['publication']>): Date | string {
  if (at !== null) return at
  return lastError === null ? 'not yet' : `not yet, after ${attempts} attempts: ${lastError}`
}

function statusOf({ status, purgedAt }: AccountSummary): string {
  return purgedAt === null ? status : 'purged'
}

import type {
  AccountDetails,
  AccountOperator,
  AccountStatus,
  AccountSummary,
} from '@lexwright/account'
import { type Command, Option } from 'commander'
import type { Console } from './console.ts'
import { addCreateCommand, readPassword } from './create-account.ts'
import { describeAccount, describeAccounts, describeStatus } from './describe-account.ts'
import { CommandError } from './exit-codes.ts'
import { addImportCommand } from './import-accounts.ts'
import { json } from './layout.ts'
import { addMoveCommands } from './move-accounts.ts'
import { cursorOption, jsonOption, limitOption, nextPage, type PageOptions } from './options.ts'
import { withAccounts } from './with-accounts.ts'

const STATUSES: readonly AccountStatus[] = [
  'active',
  'pending',
  'deactivated',
  'disabled',
  'deleted',
]
const ACCOUNT = 'its DID, handle or email address'

/** `accounts …` */
export function addAccountCommands(program: Command, console: Console): void {
  const accounts = program.command('accounts').description('show and change accounts')

  accounts
    .command('list')
    .description('list accounts, newest first')
    .addOption(new Option('--status <status>', 'only accounts with this status').choices(STATUSES))
    .option('--search <text>', 'only handles and email addresses that contain this text')
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
      withAccounts(console, async ({ operator }, _, entryway) => {
        const details = await operator.showAccount(account)
        const pds = entryway && ((await entryway.hosts.byAccount(details.did))?.did ?? null)
        console.write(options.json ? json({ ...details, pds }) : describeAccount(details, pds))
      }),
    )

  addCreateCommand(accounts, console)

  accounts
    .command('disable')
    .description('end every session of an account and refuse logins')
    .argument('<account>', ACCOUNT)
    .option('--ref <reference>', 'reference of the case, stored with the account')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions & { readonly ref?: string }) =>
      withAccounts(console, async ({ operator }) => {
        report(console, await operator.disableAccount(account, options.ref), options)
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
  for (const { name, description, warning, change } of losses) {
    accounts
      .command(name)
      .description(description)
      .argument('<account>', ACCOUNT)
      .option('--yes', 'do not ask for confirmation')
      .addOption(jsonOption())
      .action((account: string, options: JsonOptions & { readonly yes?: true }) =>
        withAccounts(console, async ({ operator }) => {
          if (options.yes !== true) {
            await confirm(console, { name, warning, account: await operator.showAccount(account) })
          }
          report(console, await change(operator, account), options)
        }),
      )
  }

  accounts
    .command('reset-password')
    .description('set a new password and end all sessions; the owner is notified by mail')
    .argument('<account>', ACCOUNT)
    .option('--stdin', 'read the password from stdin instead of generating one')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions & { readonly stdin?: true }) =>
      resetPassword(console, account, options),
    )

  accounts
    .command('set-handle')
    .description('change the handle of an account; the former one stays reserved for a while')
    .argument('<account>', ACCOUNT)
    .argument(
      '<handle>',
      'under a served domain (may be reserved), or of a domain that resolves to the account',
    )
    .addOption(jsonOption())
    .action((account: string, handle: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        report(console, await operator.changeHandle(account, handle), options)
      }),
    )

  accounts
    .command('set-email')
    .description('change the email address of an account; the former one is notified')
    .argument('<account>', ACCOUNT)
    .argument('<email>', 'new address, unconfirmed at first')
    .addOption(jsonOption())
    .action((account: string, email: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        report(console, await operator.setEmail(account, email), options)
      }),
    )

  addImportCommand(accounts, console)
  addMoveCommands(accounts, console)
}

interface JsonOptions {
  readonly json?: true
}

interface ListOptions extends JsonOptions, PageOptions {
  readonly status?: AccountStatus
  readonly search?: string
}

interface StatusChange {
  readonly name: string
  readonly description: string
  readonly change: (operator: AccountOperator, account: string) => Promise<AccountSummary>
}

/** Reversible changes that lose no data. */
const changes: readonly StatusChange[] = [
  {
    name: 'enable',
    description: 'let the owner log in again',
    change: (operator, account) => operator.enableAccount(account),
  },
  {
    name: 'deactivate',
    description: 'deactivate an account, as its owner could; its sessions continue',
    change: (operator, account) => operator.deactivateAccount(account),
  },
  {
    name: 'activate',
    description: 'undo a deactivation, if the DID of the account names this service',
    change: (operator, account) => operator.activateAccount(account),
  },
  {
    name: 'restore',
    description: 'undo a deletion within its grace period',
    change: (operator, account) => operator.restoreAccount(account),
  },
]

/** Destructive changes, which need confirmation. */
const losses: readonly (StatusChange & { readonly warning: string })[] = [
  {
    name: 'delete',
    description: 'delete an account, as its owner could; it can be restored for a while',
    warning: 'This ends every session of the owner, who is notified by mail.',
    change: (operator, account) => operator.deleteAccount(account),
  },
  {
    name: 'purge',
    description: 'erase the personal data of a deleted account now; cannot be undone',
    warning: 'This cannot be undone.',
    change: (operator, account) => operator.purgeAccount(account),
  },
]

function list(console: Console, { json: asJson, ...query }: ListOptions): Promise<void> {
  return withAccounts(console, async ({ operator }) => {
    const page = await operator.listAccounts(query)
    if (asJson) return console.write(json(page))
    if (page.items.length > 0) console.write(describeAccounts(page.items))
    else console.tell('There are no such accounts.\n')
    console.tell(nextPage(page))
  })
}

interface Confirmation {
  /** The command's name. */
  readonly name: string
  readonly warning: string
  readonly account: AccountDetails
}

/** @throws {CommandError} unless the person at the terminal types the account's name. */
async function confirm(console: Console, { name, warning, account }: Confirmation): Promise<void> {
  if (console.ask === undefined) {
    throw new CommandError('usage', `accounts ${name} needs confirmation: pass --yes`)
  }
  const known = account.handle ?? account.did
  const answer = await console.ask(`${warning} Type ${known} to ${name} it: `)
  if (answer.trim() !== known)
    throw new CommandError('refused', `not confirmed: ${known} is unchanged`)
}

function report(console: Console, account: AccountSummary, options: JsonOptions): void {
  console.write(options.json ? json(account) : describeStatus(account))
}

async function resetPassword(
  console: Console,
  account: string,
  options: JsonOptions & { readonly stdin?: true },
): Promise<void> {
  const given = options.stdin ? await readPassword(console) : undefined
  await withAccounts(console, async ({ operator }) => {
    const { did, handle, password } = await operator.setPassword(account, given)
    // A typed password is not printed.
    const drawn = given === undefined ? { password } : {}
    if (options.json) return console.write(json({ did, handle, ...drawn }))
    console.tell(`${handle} has a new password and is logged out everywhere.\n`)
    if (given === undefined) console.write(`${password}\n`)
  })
}

import type {
  AccountDetails,
  AccountOperator,
  AccountStatus,
  AccountSummary,
} from '@lexwright/account'
import { type Command, Option } from 'commander'
import { isErrno } from '../errno.ts'
import type { Console } from './console.ts'
import { addCreateCommand, readPassword } from './create-account.ts'
import { describeAccount, describeAccounts, describeStatus } from './describe-account.ts'
import { CommandError } from './exit-codes.ts'
import { json } from './layout.ts'
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

  addCreateCommand(accounts, console)

  accounts
    .command('disable')
    .description('end every session of an account, and let nobody log in')
    .argument('<account>', ACCOUNT)
    .option('--ref <reference>', 'of the case, kept with the account')
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
      .option('--yes', 'do not ask')
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
    .description('give an account a new password, and end its sessions; its owner is told by mail')
    .argument('<account>', ACCOUNT)
    .option('--stdin', 'read the password from stdin instead of drawing one')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions & { readonly stdin?: true }) =>
      resetPassword(console, account, options),
    )

  accounts
    .command('set-handle')
    .description('give an account another handle; the former one is held for it for a while')
    .argument('<account>', ACCOUNT)
    .argument(
      '<handle>',
      'of a served domain, reserved or not, or of one that leads to the account',
    )
    .addOption(jsonOption())
    .action((account: string, handle: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        report(console, await operator.changeHandle(account, handle), options)
      }),
    )

  accounts
    .command('set-email')
    .description('give an account another email address; the former one is told')
    .argument('<account>', ACCOUNT)
    .argument('<email>', 'which counts as unconfirmed')
    .addOption(jsonOption())
    .action((account: string, email: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        report(console, await operator.setEmail(account, email), options)
      }),
    )

  accounts
    .command('import')
    .description('take over accounts of another service; running it again does no harm')
    .argument('<file>', 'one JSON object a line, or - for stdin')
    .addOption(jsonOption())
    .addHelpText('after', IMPORT_HELP)
    .action((file: string, options: JsonOptions) => importFrom(console, file, options))
}

const IMPORT_HELP = `
Each line is an object with did, handle, email and passwordHash, and with createdAt and emailConfirmedAt if they
are known. A hash is one of bcrypt, or <salt>:<hash> of scrypt as the official PDS stores it; it is replaced at
the next login. A line is imported wholly or not at all.

Nobody is logged in: sessions of the other service end there. DIDs stay as they are in their directory, and signing
keys stay where they are. This service can change a DID only if its rotation key is in it, and handles of other
domains than the served ones are taken as they are given.`

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

/** Those that can be undone and lose nothing. */
const changes: readonly StatusChange[] = [
  {
    name: 'enable',
    description: 'let the owner log in again',
    change: (operator, account) => operator.enableAccount(account),
  },
  {
    name: 'deactivate',
    description: 'make an account inactive, as its owner could; its sessions go on',
    change: (operator, account) => operator.deactivateAccount(account),
  },
  {
    name: 'activate',
    description: 'undo that, if the DID of the account leads here',
    change: (operator, account) => operator.activateAccount(account),
  },
  {
    name: 'restore',
    description: 'undo a deletion within its grace period',
    change: (operator, account) => operator.restoreAccount(account),
  },
]

/** Those that take something from somebody for good: done once they are confirmed. */
const losses: readonly (StatusChange & { readonly warning: string })[] = [
  {
    name: 'delete',
    description: 'delete an account, as its owner could; it can be restored for a while',
    warning: 'This ends every session of its owner, who is told by mail.',
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

/** @throws {CommandError} unless whoever sits at the terminal types the account's name. */
async function confirm(console: Console, { name, warning, account }: Confirmation): Promise<void> {
  if (console.ask === undefined) {
    throw new CommandError('usage', `accounts ${name} asks before it acts: confirm it with --yes`)
  }
  const known = account.handle ?? account.did
  const answer = await console.ask(`${warning} Type ${known} to ${name} it: `)
  if (answer.trim() !== known)
    throw new CommandError('refused', `not confirmed: ${known} stays as it is`)
}

function report(console: Console, account: AccountSummary, options: JsonOptions): void {
  console.write(options.json ? json(account) : describeStatus(account))
}

/** @throws {CommandError} when a line was left out. */
async function importFrom(console: Console, file: string, options: JsonOptions): Promise<void> {
  await withAccounts(console, async ({ operator }) => {
    const lines = console.readLines(file === '-' ? undefined : file)
    const result = await operator.importAccounts(lines).catch((cause: unknown) => {
      const isUnreadable = ['ENOENT', 'EISDIR', 'EACCES'].some((code) => isErrno(cause, code))
      throw isUnreadable ? new CommandError('usage', `${file} cannot be read`, { cause }) : cause
    })
    const { imported, present, refused, problems } = result
    for (const { line, field, message } of problems) {
      console.tell(`${file}:${line}: ${field === undefined ? '' : `${field} `}${message}\n`)
    }
    console.write(
      options.json
        ? json(result)
        : `${imported} imported, ${present} were here already, ${refused} refused\n`,
    )
    if (refused > 0) {
      const left =
        refused === 1 ? '1 line was left out; mend it' : `${refused} lines were left out; mend them`
      throw new CommandError('incomplete', `${left} and run the command again`)
    }
  })
}

async function resetPassword(
  console: Console,
  account: string,
  options: JsonOptions & { readonly stdin?: true },
): Promise<void> {
  const given = options.stdin ? await readPassword(console) : undefined
  await withAccounts(console, async ({ operator }) => {
    const { did, handle, password } = await operator.setPassword(account, given)
    // Who typed a password knows it.
    const drawn = given === undefined ? { password } : {}
    if (options.json) return console.write(json({ did, handle, ...drawn }))
    console.tell(`${handle} has a new password, and is logged out everywhere.\n`)
    if (given === undefined) console.write(`${password}\n`)
  })
}

import type { Command } from 'commander'
import type { Console } from './console.ts'
import { describeStatus } from './describe-account.ts'
import { json } from './layout.ts'
import { jsonOption } from './options.ts'
import { withAccounts } from './with-accounts.ts'

interface CreateOptions {
  readonly json?: true
  readonly stdin?: true
}

/** `accounts create` */
export function addCreateCommand(accounts: Command, console: Console): void {
  accounts
    .command('create')
    .description('create an account for somebody, who is mailed a code to choose a password')
    .argument('<handle>', 'under a served domain; may be reserved')
    .argument('<email>', 'unconfirmed at first')
    .option('--stdin', 'read the password from stdin and send no mail')
    .addOption(jsonOption())
    .action((handle: string, email: string, options: CreateOptions) =>
      create(console, { handle, email }, options),
    )
}

async function create(
  console: Console,
  wanted: { readonly handle: string; readonly email: string },
  options: CreateOptions,
): Promise<void> {
  const password = options.stdin ? await readPassword(console) : undefined
  await withAccounts(console, async ({ operator }) => {
    const account = await operator.createAccount({ ...wanted, password })
    console.write(options.json ? json(account) : describeStatus(account))
  })
}

/** Reads a password from stdin, where no process list shows it. */
export async function readPassword(console: Console): Promise<string> {
  return (await console.readInput()).replace(/\r?\n$/, '')
}

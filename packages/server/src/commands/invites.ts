import type { AccountSummary, Invite, UsedInvite } from '@lexwright/account'
import { type Command, Option } from 'commander'
import type { Console } from './console.ts'
import { type Column, json, table } from './layout.ts'
import {
  cursorOption,
  jsonOption,
  limitOption,
  nextPage,
  type PageOptions,
  wholeNumber,
} from './options.ts'
import { withAccounts } from './with-accounts.ts'

const ACCOUNT = 'its DID, handle or email address'
const MAX_USES = 100_000
const MAX_CODES = 1_000

/** `invites …` */
export function addInviteCommands(program: Command, console: Console): void {
  const invites = program.command('invites').description('create and manage invite codes')

  invites
    .command('create')
    .description('create invite codes')
    .addOption(
      new Option('--uses <number>', 'accounts that each admits')
        .default(1)
        .argParser(wholeNumber(1, MAX_USES)),
    )
    .addOption(
      new Option('--count <number>', 'number of codes')
        .default(1)
        .argParser(wholeNumber(1, MAX_CODES)),
    )
    .addOption(jsonOption())
    .action((options: { uses: number; count: number; json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const codes: string[] = []
        for (let made = 0; made < options.count; made++) {
          codes.push(
            await operator.createInviteCode({ useCount: options.uses, createdBy: 'operator' }),
          )
        }
        if (options.json) return console.write(json({ codes, useCount: options.uses }))
        console.write(codes.map((code) => `${code}\n`).join(''))
      }),
    )

  invites
    .command('list')
    .description('list invite codes, newest first')
    .option('--usable', 'only codes with uses left')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(jsonOption())
    .action(({ json: asJson, ...query }: PageOptions & { usable?: true; json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const page = await operator.listInviteCodes(query)
        if (asJson) return console.write(json(page))
        if (page.items.length > 0) console.write(table(columns, page.items))
        else console.tell('There are no such invite codes.\n')
        console.tell(nextPage(page))
      }),
    )

  invites
    .command('disable')
    .description('disable a code; accounts created with it stay')
    .argument('<code>', 'the code')
    .addOption(jsonOption())
    .action((code: string, options: { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const invite = await operator.disableInviteCode(code)
        console.write(options.json ? json(invite) : `${invite.code} is disabled\n`)
      }),
    )

  invites
    .command('show')
    .description('list the invite codes of an account and their uses, newest first')
    .argument('<account>', ACCOUNT)
    .addOption(jsonOption())
    .action((account: string, options: { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const { invites: items, invitedBy } = await operator.getAccountInfo(account)
        if (options.json) return console.write(json({ invitedBy: invitedBy ?? null, items }))
        if (items.length > 0) console.write(table(ownColumns, items))
        else console.tell('The account has no invite codes.\n')
      }),
    )

  invites
    .command('block')
    .description('block new invite codes for an account')
    .argument('<account>', ACCOUNT)
    .option('--note <text>', 'reason, stored with the account')
    .option('--codes', 'also disable its present codes')
    .addOption(jsonOption())
    .action((account: string, options: BlockOptions) => block(console, account, options))

  invites
    .command('unblock')
    .description('unblock new invite codes for an account; disabled ones stay disabled')
    .argument('<account>', ACCOUNT)
    .addOption(jsonOption())
    .action((account: string, options: { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const changed = await operator.setInvitesBlocked(account, { isBlocked: false })
        console.write(
          options.json ? json(changed) : `${nameOf(changed)} can get invite codes again\n`,
        )
      }),
    )
}

interface BlockOptions {
  readonly note?: string
  readonly codes?: true
  readonly json?: true
}

function block(console: Console, account: string, options: BlockOptions): Promise<void> {
  return withAccounts(console, async ({ operator }) => {
    const changed = await operator.setInvitesBlocked(account, {
      isBlocked: true,
      note: options.note,
    })
    if (options.codes) await operator.disableInviteCodes({ codes: [], accounts: [changed.did] })
    console.write(options.json ? json(changed) : `${nameOf(changed)} gets no more invite codes\n`)
  })
}

function nameOf({ handle, did }: AccountSummary): string {
  return handle ?? did
}

const columns: readonly Column<Invite>[] = [
  { title: 'code', value: ({ code }) => code },
  { title: 'left', value: ({ usesLeft, usesGranted }) => `${usesLeft} of ${usesGranted}` },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'by', value: ({ createdBy }) => createdBy },
  { title: 'disabled', value: ({ disabledAt }) => disabledAt },
]

const ownColumns: readonly Column<UsedInvite>[] = [
  { title: 'code', value: ({ code }) => code },
  { title: 'left', value: ({ usesLeft, usesGranted }) => `${usesLeft} of ${usesGranted}` },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'disabled', value: ({ disabledAt }) => disabledAt },
  { title: 'admitted', value: ({ uses }) => uses.map(({ usedBy }) => usedBy).join(', ') },
]

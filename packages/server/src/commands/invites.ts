import type { Invite } from '@lexwright/account'
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

const MAX_USES = 100_000
const MAX_CODES = 1_000

/** `invites …` */
export function addInviteCommands(program: Command, console: Console): void {
  const invites = program.command('invites').description('hand out invite codes')

  invites
    .command('create')
    .description('make invite codes')
    .addOption(
      new Option('--uses <number>', 'how many accounts each admits')
        .default(1)
        .argParser(wholeNumber(1, MAX_USES)),
    )
    .addOption(
      new Option('--count <number>', 'how many codes')
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
    .option('--usable', 'only those that still admit somebody')
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
    .description('let nobody in with a code any more; accounts it admitted stay')
    .argument('<code>', 'the code')
    .addOption(jsonOption())
    .action((code: string, options: { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const invite = await operator.disableInviteCode(code)
        console.write(options.json ? json(invite) : `${invite.code} admits nobody any more\n`)
      }),
    )
}

const columns: readonly Column<Invite>[] = [
  { title: 'code', value: ({ code }) => code },
  { title: 'left', value: ({ usesLeft, usesGranted }) => `${usesLeft} of ${usesGranted}` },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'by', value: ({ createdBy }) => createdBy },
  { title: 'disabled', value: ({ disabledAt }) => disabledAt },
]

import type { LiveSession } from '@lexwright/account'
import type { Command } from 'commander'
import type { Console } from './console.ts'
import { type Column, json, table } from './layout.ts'
import { cursorOption, jsonOption, limitOption, nextPage, type PageOptions } from './options.ts'
import { withAccounts } from './with-accounts.ts'

/** `sessions …` */
export function addSessionCommands(program: Command, console: Console): void {
  const sessions = program.command('sessions').description('list and end logins')

  sessions
    .command('list')
    .description('list the live logins of an account, newest first')
    .argument('<account>', 'its DID, handle or email address')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(jsonOption())
    .action((account: string, { json: asJson, ...query }: PageOptions & { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const page = await operator.listSessions(account, query)
        if (asJson) return console.write(json(page))
        if (page.items.length > 0) console.write(table(columns, page.items))
        else console.tell('The account is not logged in anywhere.\n')
        console.tell(nextPage(page))
      }),
    )

  sessions
    .command('end')
    .description('end a login of an account at once, or all of them')
    .argument('<account>', 'its DID, handle or email address')
    .argument('[session]', 'its id from the list, after -- if it begins with -; all if omitted')
    .addOption(jsonOption())
    .action((account: string, session: string | undefined, options: { json?: true }) =>
      withAccounts(console, async ({ operator }) => {
        const ended = await operator.endSessions(account, session)
        console.write(options.json ? json({ ended }) : `${ended} ended\n`)
      }),
    )
}

const columns: readonly Column<LiveSession>[] = [
  { title: 'session', value: ({ id }) => id },
  { title: 'began', value: ({ createdAt }) => createdAt },
  { title: 'refreshed', value: ({ refreshedAt }) => refreshedAt },
  { title: 'ends', value: ({ expiresAt }) => expiresAt },
]

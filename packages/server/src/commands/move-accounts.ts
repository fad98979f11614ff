import type { DrainReport, Entryway, Move, MoveProgress } from '@lexwright/entryway'
import { type Command, Option } from 'commander'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { type Column, counted, json, table } from './layout.ts'
import { jsonOption, wholeNumber } from './options.ts'
import { withEntryway } from './with-accounts.ts'

interface JsonOptions {
  readonly json?: true
}

/** `accounts move` and `accounts moves`. */
export function addMoveCommands(accounts: Command, console: Console): void {
  accounts
    .command('move')
    .description('move an account to another PDS of the entryway, or continue its move')
    .argument('<account>', 'its DID, handle or email address')
    .requiredOption('--to <did>', 'DID of the PDS')
    .addOption(jsonOption())
    .addHelpText('after', MOVE_HELP)
    .action((account: string, options: JsonOptions & { readonly to: string }) =>
      withEntryway(console, async ({ moves }) => {
        const { to } = options
        await moves.move(account, to, { report: tellSteps(console, options) })
        console.write(options.json ? json({ account, to }) : `${account} is now on ${to}\n`)
      }),
    )

  accounts
    .command('moves')
    .description('list unfinished moves, oldest first')
    .addOption(jsonOption())
    .action((options: JsonOptions) =>
      withEntryway(console, async ({ moves }) => {
        const items = await moves.list()
        if (options.json) return console.write(json({ items }))
        if (items.length > 0) console.write(table(columns, items))
        else console.tell('No account is being moved.\n')
      }),
    )
}

const MOVE_HELP = `
The account cannot write from step stop until step activate. Sessions continue after one refresh. A
failure while the DID still names the old PDS undoes the move. After later failures, the servers
continue the move automatically, and so does this command.`

export interface DrainOptions extends JsonOptions {
  readonly move?: true
  readonly parallel: number
}

export const parallelOption = (): Option =>
  new Option('--parallel <number>', 'accounts to move at once')
    .default(4)
    .argParser(wholeNumber(1, 64))

/**
 * Moves all accounts of a PDS to other ones.
 *
 * @throws {CommandError} if some have not moved.
 */
export async function moveAll(
  console: Console,
  { moves }: Entryway,
  { did, options }: { readonly did: string; readonly options: DrainOptions },
): Promise<void> {
  const { parallel } = options
  const report = await moves.drain(did, { parallel, report: tellSteps(console, options) })
  const { moved, failed } = report
  for (const { account, reason } of failed) console.tell(`${account}: ${reason}\n`)
  console.write(options.json ? json(report) : `${counted(moved, 'account')} moved\n`)
  if (failed.length > 0) throw incomplete(report)
}

function incomplete({ failed }: DrainReport): CommandError {
  return new CommandError(
    'incomplete',
    `${counted(failed.length, 'account')} not moved; run the command again to continue`,
  )
}

/** Prints the steps of moves to stderr. */
function tellSteps(console: Console, options: JsonOptions): (progress: MoveProgress) => void {
  return ({ did, handle, step, blobs }) => {
    if (options.json) return
    const detail = blobs === undefined ? '' : ` (${blobs} copied)`
    console.tell(`${handle ?? did}: ${step}${detail}\n`)
  }
}

const columns: readonly Column<Move>[] = [
  { title: 'account', value: ({ did, handle }) => handle ?? did },
  { title: 'from', value: ({ from }) => from },
  { title: 'to', value: ({ to }) => to },
  { title: 'step', value: ({ step }) => step },
  { title: 'since', value: ({ startedAt }) => startedAt },
  { title: 'next attempt', value: ({ nextAttemptAt }) => nextAttemptAt },
  { title: 'trouble', value: ({ lastError }) => lastError },
]

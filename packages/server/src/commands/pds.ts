import { readFile } from 'node:fs/promises'
import type { ListedHost, PendingUpdate } from '@lexwright/entryway'
import { type Command, Option } from 'commander'
import { publicUrlOf } from '../config/places.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { type Column, counted, facts, json, table } from './layout.ts'
import { type DrainOptions, moveAll, parallelOption } from './move-accounts.ts'
import { jsonOption, limitOption, wholeNumber } from './options.ts'
import { commandConfig, entrywayIsOff, withEntryway } from './with-accounts.ts'

interface JsonOptions {
  readonly json?: true
}

interface AddOptions extends JsonOptions {
  readonly adminPasswordFile: string
  readonly weight: number
}

interface OutboxOptions extends JsonOptions {
  readonly limit: number
}

const MAX_WEIGHT = 1_000_000
const HOST = 'its DID'

/** `pds …`: the hosts of an entryway. */
export function addPdsCommands(program: Command, console: Console): void {
  const pds = program.command('pds').description('manage the PDSes of an entryway')

  pds
    .command('add')
    .description('add a PDS configured with `pds settings`, or change its URL, weight or password')
    .argument('<url>', 'its origin, such as https://pds-a.example.com')
    .requiredOption('--admin-password-file <path>', 'file with its PDS_ADMIN_PASSWORD')
    .addOption(
      new Option('--weight <number>', 'relative share of new accounts')
        .default(1)
        .argParser(wholeNumber(0, MAX_WEIGHT)),
    )
    .addOption(jsonOption())
    .action((url: string, options: AddOptions) => add(console, url, options))

  pds
    .command('list')
    .description('list the PDSes, oldest first, with their health')
    .addOption(jsonOption())
    .action((options: JsonOptions) =>
      withEntryway(console, async ({ operator }) => {
        const items = await operator.listHosts()
        if (options.json) return console.write(json({ items }))
        if (items.length > 0) console.write(table(columns, items))
        else console.tell('There are no PDSes yet; lexwright-server pds add <url> adds one.\n')
      }),
    )

  pds
    .command('drain')
    .description('stop placing new accounts on a PDS')
    .argument('<did>', HOST)
    .option('--move', 'move its accounts to open PDSes, or continue')
    .addOption(parallelOption())
    .addOption(jsonOption())
    .action((did: string, options: DrainOptions) =>
      withEntryway(console, async (entryway) => {
        const host = await entryway.operator.drainHost(did)
        if (options.move) return await moveAll(console, entryway, { did, options })
        console.write(options.json ? json(host) : `${did} gets no more new accounts\n`)
      }),
    )

  pds
    .command('open')
    .description('place new accounts on a PDS again')
    .argument('<did>', HOST)
    .addOption(jsonOption())
    .action((did: string, options: JsonOptions) =>
      withEntryway(console, async ({ operator }) => {
        const host = await operator.openHost(did)
        console.write(options.json ? json(host) : `${did} gets new accounts\n`)
      }),
    )

  pds
    .command('remove')
    .description('remove a PDS without accounts')
    .argument('<did>', HOST)
    .addOption(jsonOption())
    .action((did: string, options: JsonOptions) =>
      withEntryway(console, async ({ operator }) => {
        await operator.removeHost(did)
        console.write(options.json ? json({ removed: did }) : `${did} was removed\n`)
      }),
    )

  pds
    .command('outbox')
    .description('list accounts with pending updates of their PDS, oldest first')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action((options: OutboxOptions) =>
      withEntryway(console, async ({ operator }) => {
        const items = await operator.listOutbox(options.limit)
        if (options.json) return console.write(json({ items }))
        if (items.length > 0) console.write(table(outboxColumns, items))
        else console.tell('There are no pending updates.\n')
      }),
    )

  pds
    .command('retry')
    .description('retry every pending update of a PDS now')
    .addOption(jsonOption())
    .action((options: JsonOptions) => retry(console, options))

  pds
    .command('settings')
    .description('print the settings that every PDS of this entryway needs')
    .addOption(jsonOption())
    .action((options: JsonOptions) => printSettings(console, options))
}

async function add(console: Console, url: string, options: AddOptions): Promise<void> {
  const { adminPasswordFile, weight } = options
  const adminPassword = await readFile(adminPasswordFile, 'utf8').catch((cause: Error) => {
    throw new CommandError('failed', `The password cannot be read: ${cause.message}`, { cause })
  })
  await withEntryway(console, async ({ operator }) => {
    const host = await operator.addHost({ url, adminPassword: adminPassword.trim(), weight })
    console.write(options.json ? json(host) : `${host.did} is a PDS of this entryway\n`)
  })
}

async function retry(console: Console, options: JsonOptions): Promise<void> {
  const report = await withEntryway(console, ({ operator }) => operator.runOutbox())
  const { done, failed } = report
  console.write(
    options.json
      ? json(report)
      : facts([
          ['Done', done],
          ['Failed', failed],
        ]),
  )
  if (failed > 0) {
    throw new CommandError(
      'incomplete',
      `${counted(failed, 'update')} failed; lexwright-server pds outbox shows why`,
    )
  }
}

/** Works without the database, since the settings are needed before a PDS can be added. */
async function printSettings(console: Console, options: JsonOptions): Promise<void> {
  const config = commandConfig(console)
  if (!config.entrywayEnabled) throw entrywayIsOff()
  const { settingsOfHosts } = await import('../create-entryway.ts')
  const settings = await settingsOfHosts(config, publicUrlOf(config, config.port))
  if (options.json) return console.write(json(settings))
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  console.write(lines.join(''))
}

const columns: readonly Column<ListedHost>[] = [
  { title: 'did', value: ({ did }) => did },
  { title: 'url', value: ({ url }) => url },
  { title: 'state', value: ({ state }) => state },
  { title: 'weight', value: ({ weight }) => weight },
  { title: 'accounts', value: ({ accounts }) => accounts },
  { title: 'pending', value: ({ pending }) => pending },
  { title: 'last check', value: ({ lookedAt }) => lookedAt },
  { title: 'trouble', value: ({ lastError }) => lastError },
]

const outboxColumns: readonly Column<PendingUpdate>[] = [
  { title: 'account', value: ({ handle, did }) => handle ?? did },
  { title: 'pds', value: ({ host }) => host },
  { title: 'update', value: ({ kinds }) => kinds.join(', ') },
  { title: 'since', value: ({ changedAt }) => changedAt },
  { title: 'attempts', value: ({ attempts }) => attempts },
  { title: 'next', value: ({ nextAttemptAt }) => nextAttemptAt },
  { title: 'trouble', value: ({ lastError }) => lastError },
]

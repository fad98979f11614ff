import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { publish } from '../figures.ts'
import { databaseName, fillFolder } from './fill.ts'
import { compareLatencies, type Subject } from './latencies.ts'
import { databaseUrl, openFolder } from './service.ts'
import { describeSizes } from './sizes.ts'
import { describeUpkeep } from './upkeep.ts'
import { describeWrites } from './writes.ts'

export const runsOnlyByName = true

const SMALL = 10_000
/** A full history makes a session three times as large. */
const HISTORY_EVERY = 20

/**
 * Compares a database of ten million accounts with one of ten thousand on the same server. The folder (25 GB) is kept,
 * so that a second run starts at once.
 *
 *     npm run bench scale -- [--accounts=10000000] [--folder=DIRECTORY] [--only-fill] [--remove]
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      accounts: { type: 'string', default: '10000000' },
      folder: { type: 'string', default: join(tmpdir(), 'lexwright-scale') },
      'only-fill': { type: 'boolean', default: false },
      remove: { type: 'boolean', default: false },
    },
  })
  const { folder } = values
  const fillings = [SMALL, Number(values.accounts)].map((accounts) => ({
    accounts,
    historyEvery: HISTORY_EVERY,
  }))
  await fillFolder(folder, fillings)
  if (values['only-fill']) return
  const postgres = await openFolder(folder, 'measuring')
  try {
    const subjects: Subject[] = []
    for (const filling of fillings) {
      const url = databaseUrl(postgres, databaseName(filling))
      const client = new pg.Client({ connectionString: url })
      // After a failure the server stops while this is connected; the failure itself is reported.
      client.on('error', () => {})
      await client.connect()
      subjects.push({ accounts: filling.accounts, url, client })
    }
    const large = subjects.at(-1)
    if (large === undefined) return
    await readIntoPageCache(join(folder, 'postgres'), large)
    const size = `${large.accounts.toLocaleString('en')} accounts.`
    // Each part is written as soon as it is measured.
    const write = (name: string, lines: readonly string[]) =>
      publish(name, [size, '', ...lines], 'scaling.md')
    await write('large-latencies', await compareLatencies(folder, subjects))
    await write('large-upkeep', await describeUpkeep(folder, large))
    await write('large-writes', await describeWrites(folder, large))
    await write('large-sizes', await describeSizes(large.client))
    for (const { client } of subjects) await client.end()
  } finally {
    await postgres.stop()
    if (values.remove) await rm(folder, { recursive: true })
  }
}

/** Reads the files of the tables into the page cache, as on a server that has run for a while. */
async function readIntoPageCache(directory: string, { client }: Subject): Promise<void> {
  const { rows } = await client.query<{ path: string }>(`
    select pg_relation_filepath(oid) as path from pg_class
    where relnamespace = 'lexwright_account'::regnamespace and relkind in ('r', 'i')
      and relname ~ '^(account|session|handle_claim|did_log)'`)
  for (const { path } of rows) {
    for (let segment = 0; ; segment++) {
      const file = join(directory, segment === 0 ? path : `${path}.${segment}`)
      if ((await stat(file).catch(() => undefined)) === undefined) break
      for await (const _ of createReadStream(file, { highWaterMark: 1 << 20 }));
    }
  }
}

import { readFile } from 'node:fs/promises'
import type { ImportReport } from '@lexwright/account'
import type { AdoptionReport, Entryway } from '@lexwright/entryway'
import type { Command } from 'commander'
import { isErrno } from '../errno.ts'
import { createRotationKey } from '../rotation-key.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { counted, json } from './layout.ts'
import { jsonOption } from './options.ts'
import { withAccounts, withEntryway } from './with-accounts.ts'

interface ImportOptions {
  readonly host?: string
  readonly rotationKeyFile?: string
  readonly json?: true
}

const HELP = `
Each line is an object with did, handle, email and passwordHash, and optionally createdAt and
emailConfirmedAt. A hash is bcrypt, or <salt>:<hash> of scrypt as stored by the official PDS; it is upgraded at
the next login. Each line is imported completely or not at all.

No sessions are created. DIDs stay unchanged in their directory, and signing
keys stay where they are. This service can change a DID only if its rotation key is in it, and handles of other
domains than the served ones are not verified.

--host imports existing accounts of a PDS behind the entryway, which stay on it. --rotation-key-file replaces the
PDS's rotation key by the service's in each DID.`

/** `accounts import` */
export function addImportCommand(accounts: Command, console: Console): void {
  accounts
    .command('import')
    .description('import accounts of another service; can be repeated safely')
    .argument('<file>', 'file with one JSON object per line, or - for stdin')
    .option('--host <did>', 'with an entryway: DID of the PDS that has the accounts')
    .option(
      '--rotation-key-file <path>',
      'file with the PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX of that PDS',
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((file: string, options: ImportOptions) => importFrom(console, file, options))
}

async function importFrom(console: Console, file: string, options: ImportOptions): Promise<void> {
  const { host, rotationKeyFile } = options
  const readLines = () => console.readLines(file === '-' ? undefined : file)
  if (host === undefined) {
    if (rotationKeyFile !== undefined) {
      throw new CommandError('usage', '--rotation-key-file needs --host')
    }
    return await withAccounts(console, async ({ operator }) => {
      const report = await readable(file, operator.importAccounts(readLines()))
      show(console, { file, report, options })
    })
  }
  const key =
    rotationKeyFile === undefined
      ? {}
      : { rotationKey: createRotationKey(await readKey(rotationKeyFile)) }
  await withEntryway(console, async (entryway: Entryway) => {
    const report = await readable(file, entryway.adoptAccounts(readLines(), { host, ...key }))
    for (const { did, reason } of report.misplaced) console.tell(`${did}: ${reason}\n`)
    show(console, { file, report, options })
  })
}

async function readable<Report>(file: string, importing: Promise<Report>): Promise<Report> {
  return await importing.catch((cause: unknown) => {
    const isUnreadable = ['ENOENT', 'EISDIR', 'EACCES'].some((code) => isErrno(cause, code))
    throw isUnreadable ? new CommandError('usage', `${file} cannot be read`, { cause }) : cause
  })
}

async function readKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new CommandError('usage', `The rotation key cannot be read: ${cause.message}`, { cause })
  })
  if (/^[\da-f]{64}$/i.test(text.trim())) return text.trim()
  throw new CommandError('usage', `${path} does not hold a key of 64 hexadecimal digits`)
}

interface Outcome {
  readonly file: string
  readonly report: ImportReport | AdoptionReport
  readonly options: ImportOptions
}

/** @throws {CommandError} if a line was skipped, or an account could not be placed. */
function show(console: Console, { file, report, options }: Outcome): void {
  const { imported, present, refused, problems } = report
  for (const { line, field, message } of problems) {
    console.tell(`${file}:${line}: ${field === undefined ? '' : `${field} `}${message}\n`)
  }
  const placed = 'placed' in report ? `, ${report.placed} placed` : ''
  console.write(
    options.json
      ? json(report)
      : `${imported} imported, ${present} already existed, ${refused} refused${placed}\n`,
  )
  if (refused > 0) {
    throw new CommandError(
      'incomplete',
      `${counted(refused, 'line')} skipped; correct the file and run the command again`,
    )
  }
  if ('misplaced' in report && report.misplaced.length > 0) {
    throw new CommandError(
      'incomplete',
      `${counted(report.misplaced.length, 'account')} could not be placed or changed; correct the reasons above and run the command again`,
    )
  }
}

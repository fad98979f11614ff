import type { AccountModule } from '@lexwright/account'
import type { Entryway } from '@lexwright/entryway'
import type { AuthorizationServer } from '@lexwright/oauth'
import { type Config, loadConfig } from '../config/load-config.ts'
import { publicUrlOf } from '../config/places.ts'
import { settings } from '../config/settings/settings.ts'
import { wrongSecrets } from '../config/wrong-secrets.ts'
import type { Database } from '../database/database.ts'
import { LockedError } from '../database/directory-lock.ts'
import { openDatabase } from '../database/open-database.ts'
import { createLogger, type Logger } from '../logging/logger.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'

/** The log of commands: warnings and errors only, on stderr, to keep results clean. */
export function commandLogger(console: Console): Logger {
  return createLogger({ level: 'warn', format: 'text', output: { write: console.tell } })
}

/** Loads the configuration and prints its advice. */
export function commandConfig(console: Console): Config {
  const config = loadConfig(console.environment())
  for (const advice of config.advice) console.tell(`${advice}\n`)
  return config
}

/**
 * Opens the configured database for a command, without migrating: a program of another version may
 * be using it.
 */
export async function withDatabase<Result>(
  console: Console,
  work: (database: Database, config: Config, logger: Logger) => Promise<Result>,
): Promise<Result> {
  const config = commandConfig(console)
  const logger = commandLogger(console)
  const database = await openDatabase(config, logger).catch((cause: unknown) => {
    throw cause instanceof LockedError ? sharedDirectory(cause) : cause
  })
  try {
    return await work(database, config, logger)
  } finally {
    await database.close()
  }
}

/**
 * The account module for a command, beside any number of servers on PostgreSQL.
 *
 * @param options.anySecrets accepts secrets other than those used with the database.
 * @throws {ConfigError} for other secrets without `anySecrets`.
 */
export async function withAccounts<Result>(
  console: Console,
  work: (accounts: AccountModule, config: Config, entryway?: Entryway) => Promise<Result>,
  options: { readonly anySecrets?: boolean } = {},
): Promise<Result> {
  return await withDatabase(console, async (database, config, logger) => {
    const { WrongSecrets } = await import('@lexwright/account')
    const { createAccounts, createMailer } = await import('../create-accounts.ts')
    const { createEntrywayFor, createTokensFor } = await import('../create-entryway.ts')
    let entryway: Entryway | undefined
    const tokens = await createTokensFor(config, () => entryway)
    const mailer = createMailer(config, logger)
    const accounts = createAccounts({
      config,
      database,
      tokens,
      mailer,
      publicUrl: publicUrlOf(config, config.port),
      rateLimits: false,
      logger,
    })
    try {
      entryway = await createEntrywayFor(config, accounts)
      // A command would write unusable data with a wrong secret, as a server would.
      if (!options.anySecrets) await accounts.operator.checkSecrets()
      return await work(accounts, config, entryway)
    } catch (cause) {
      if (cause instanceof WrongSecrets) throw wrongSecrets(cause.secrets, cause)
      throw isOtherSchema(cause) ? otherSchema(cause) : cause
    } finally {
      await accounts.stop()
      await mailer.close()
    }
  })
}

/**
 * The authorization server for a command, without loading its provider.
 *
 * @throws {CommandError} if it is turned off: its tables may not exist.
 */
export async function withOAuth<Result>(
  console: Console,
  work: (oauth: AuthorizationServer) => Promise<Result>,
): Promise<Result> {
  return await withAccounts(console, async (accounts, config, entryway) => {
    const { createOAuth } = await import('../create-oauth.ts')
    const publicUrl = publicUrlOf(config, config.port)
    const oauth = await createOAuth({ config, accounts, entryway, publicUrl })
    if (oauth !== undefined) return await work(oauth)
    throw new CommandError('refused', `OAuth is turned off; set ${settings.oauthEnabled.name}=true`)
  })
}

/**
 * The entryway for a command.
 *
 * @throws {CommandError} if it is turned off, or an operation on a host fails.
 */
export async function withEntryway<Result>(
  console: Console,
  work: (entryway: Entryway, config: Config) => Promise<Result>,
): Promise<Result> {
  return await withAccounts(console, async (_, config, entryway) => {
    if (entryway === undefined) throw entrywayIsOff()
    const { HostError, MoveError } = await import('@lexwright/entryway')
    try {
      return await work(entryway, config)
    } catch (cause) {
      if (cause instanceof MoveError) {
        const ending = cause.code === 'failed' ? 'failed' : 'refused'
        throw new CommandError(ending, cause.message, { cause })
      }
      if (!(cause instanceof HostError)) throw cause
      const ending = cause.code === 'host-unreachable' ? 'failed' : 'refused'
      throw new CommandError(ending, cause.message, { cause })
    }
  })
}

export function entrywayIsOff(): CommandError {
  return new CommandError(
    'refused',
    `The entryway is turned off; set ${settings.entrywayEnabled.name}=true`,
  )
}

function sharedDirectory(cause: LockedError): CommandError {
  return new CommandError(
    'failed',
    [
      cause.message,
      'The built-in database serves one process at a time: stop the server, run this command, start it again.',
      'With PostgreSQL (PDS_DB_POSTGRES_URL) commands run beside the server.',
    ].join('\n'),
    { cause },
  )
}

/** True if a schema, table or column is missing. */
export function isOtherSchema(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['3F000', '42P01', '42703'].includes(String(error.code))
  )
}

function otherSchema(cause: unknown): CommandError {
  return new CommandError(
    'failed',
    'The database has no tables of this version. Bring it up to date first: lexwright-server migrate',
    { cause },
  )
}

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AtpBaseClient, type ComAtprotoAccountNS } from '@lexwright/generated/client'
import { createAccountDatabase, writeAccountDatabase } from '../accounts/account-databases.ts'
import { type Program, startProgram, temporaryDirectory } from './program.ts'

/** Cleanups of the tests in a file, run in reverse order. */
export const cleanups: (() => Promise<unknown>)[] = []
const running: Program[] = []

/**
 * A new data directory with the database of a server without accounts, deleted by {@link cleanUp}.
 */
export async function directory(): Promise<string> {
  const created = await temporaryDirectory()
  cleanups.push(() => created.remove())
  await writeAccountDatabase(join(created.path, 'database'))
  return created.path
}

/** The setting for a new database on PostgreSQL, dropped by {@link cleanUp}. */
export async function postgresSetting(): Promise<{ readonly PDS_DB_POSTGRES_URL: string }> {
  const database = await createAccountDatabase()
  cleanups.push(() => database.drop())
  return { PDS_DB_POSTGRES_URL: database.url }
}

/** Starts the real program with cheap password hashes, which are not tested here. */
export async function start(
  dataDirectory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const program = await startProgram({
    dataDirectory,
    env: { PDS_PASSWORD_HASH_COST: '4', ...env },
  })
  running.push(program)
  return program
}

/** Ends every program started so far. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((program) => program.signal('SIGKILL')))
}

/** For `afterAll`. */
export async function cleanUp(): Promise<void> {
  await stopAll()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

/** A client of the account service at an address. */
export const accountOf = ({ url }: { readonly url: string }): ComAtprotoAccountNS =>
  new AtpBaseClient(url).com.atproto.account

/** Sign-up input for a person with this name. */
export const person = (name: string): { handle: string; email: string; password: string } => ({
  handle: `${name}.test`,
  email: `${name}@example.com`,
  password: 'correct horse battery',
})

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10)
}

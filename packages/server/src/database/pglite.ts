import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../errno.ts'
import type { Logger } from '../logging/logger.ts'
import { type Database, DatabaseError, type OpeningDatabase } from './database.ts'
import { acquireLock, type DirectoryLock } from './directory-lock.ts'
import { startPgliteThread } from './pglite-client.ts'

/**
 * Opens the built-in database: PostgreSQL in WebAssembly, inside this process, in a directory.
 *
 * PGlite has no lock, and two processes would destroy the database, so a lock file guards the
 * directory. Every commit is written to the operating system before it is answered, so it survives
 * a crash of the process. It is not flushed to disk, so it may not survive a crash of the machine.
 *
 * @throws {LockedError} if another process has it open.
 * @throws {DatabaseError} if it is damaged or of another version, or the directory cannot be used.
 */
export async function openPglite(dataDirectory: string): Promise<Database> {
  return await (await beginPglite(dataDirectory)).database
}

/**
 * The part of {@link openPglite} that occupies this thread: taking the lock, and starting the
 * thread that opens the database.
 *
 * @throws {LockedError} if another process has it open.
 * @throws {DatabaseError} if the directory cannot be used.
 */
export async function beginPglite(
  dataDirectory: string,
  logger?: Pick<Logger, 'info'>,
): Promise<OpeningDatabase> {
  const directory = join(dataDirectory, 'database')
  const lock = await lockDirectory(dataDirectory, `${directory}.lock`)
  if (!existsSync(directory)) logger?.info({ directory }, 'creating the database …')
  return { database: open(directory, lock) }
}

async function open(directory: string, lock: DirectoryLock): Promise<Database> {
  try {
    // Kysely is loaded while the thread opens the database.
    const [pglite, { Kysely, PGliteDialect, sql }] = await Promise.all([
      startPgliteThread(directory),
      import('kysely'),
    ])
    const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) })
    return {
      db,
      migrations: db,
      location: directory,
      ping: async () => {
        await sql`select 1`.execute(db)
      },
      close: async () => {
        await db.destroy()
        // Kysely only closes a PGlite it has used.
        if (!pglite.closed) await pglite.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function lockDirectory(directory: string, file: string): Promise<DirectoryLock> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return await acquireLock(file)
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new DatabaseError(`The data directory cannot be used: ${cause.message}`, { cause })
  }
}

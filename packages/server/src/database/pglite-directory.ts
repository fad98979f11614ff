import { existsSync } from 'node:fs'
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { isErrno } from '../errno.ts'
import { DatabaseError } from './database.ts'

/**
 * Opens the database in a directory, creating it if there is none. Every commit is written to the
 * operating system before it is answered (`relaxedDurability: false`).
 *
 * @throws {DatabaseError} if it is damaged or of another version.
 */
export async function openDirectory(directory: string): Promise<PGlite> {
  if (await isEmpty(directory)) await initialise(directory)
  // Without this file PGlite would create a new database on top of the existing files.
  if (!existsSync(join(directory, 'PG_VERSION'))) throw new DatabaseError(damaged(directory))
  try {
    return await PGlite.create({
      dataDir: directory,
      relaxedDurability: false,
      startParams: [...PGlite.defaultStartParams, ...BUFFERS],
    })
  } catch (cause) {
    throw new DatabaseError(await explain(directory), { cause })
  }
}

/**
 * A start writes all of its buffers once: with the usual 128 MB it takes twice as long. The
 * operating system caches the rest.
 */
const BUFFERS = ['-c', 'shared_buffers=8MB']

async function isEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    throw error
  }
}

/**
 * The directory is renamed once complete, so a killed start leaves nothing half made. A new
 * database is created in memory, which halves the time: creation writes and reads its files many
 * times.
 */
async function initialise(directory: string): Promise<void> {
  const draft = `${directory}.new`
  await rm(draft, { recursive: true, force: true })
  const inMemory = await PGlite.create()
  const files = await inMemory.dumpDataDir('none').finally(() => inMemory.close())
  const copy = await PGlite.create({ dataDir: draft, loadDataDir: files })
  await copy.close()
  await chmod(draft, 0o700)
  await rename(draft, directory)
}

/** PGlite's own version; querying it takes seconds, since that creates a database first. */
const MAJOR_VERSION = '18'

async function explain(directory: string): Promise<string> {
  const found = await readFile(join(directory, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
  if (found !== undefined && /^\d+$/.test(found) && found !== MAJOR_VERSION) {
    return `The database in ${directory} was made by PostgreSQL ${found}, and this program has PostgreSQL ${MAJOR_VERSION}. Dump it with the version of the program that made it and load the dump with this one, or move the directory away to start empty.`
  }
  return damaged(directory)
}

function damaged(directory: string): string {
  return `The database in ${directory} cannot be opened: it is damaged. Restore the directory from a backup, or move it away to start empty.`
}

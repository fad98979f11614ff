import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { writeDatabase } from '@lexwright/testing/postgres/kept-pglite'
import { sql } from 'kysely'
import { DatabaseError } from './database.ts'
import { LockedError } from './directory-lock.ts'
import { openPglite } from './pglite.ts'

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-pglite-'))
  // An existing empty directory gets a new database.
  await mkdir(join(data, 'database'))
  // Left over from an interrupted first start.
  await writeDatabase(join(data, 'database.new'))
  await rm(join(data, 'database.new', 'global'), { recursive: true })
  const { db, close } = await openPglite(data)
  await sql`create table kept (value text)`.execute(db)
  await sql`insert into kept values ('still here')`.execute(db)
  await close()
}, 240_000)
afterAll(() => rm(data, { recursive: true, force: true }))

/** A copy of the database, to be damaged. */
async function copy(): Promise<string> {
  const path = join(data, `copy-${Math.random()}`)
  await cp(join(data, 'database'), join(path, 'database'), { recursive: true })
  return path
}

describe('openPglite', () => {
  it('starts over when its first start was interrupted, keeps its data and locks its directory', async () => {
    const again = await openPglite(data)
    await expect(openPglite(data)).rejects.toThrow(LockedError)
    await again.ping()
    const { rows } = await sql`select value from kept`.execute(again.db)
    expect(rows).toEqual([{ value: 'still here' }])
    await again.close()
    expect(await readdir(data)).toEqual(['database'])
    expect((await stat(join(data, 'database'))).mode & 0o777).toBe(0o700)
  })

  it('reports why a directory cannot be used', async () => {
    await writeFile(join(data, 'file'), '')
    const opening = openPglite(join(data, 'file', 'below'))
    await expect(opening).rejects.toThrow(/data directory cannot be used: ENOTDIR/)
    await expect(opening).rejects.toThrow(DatabaseError)
    await rm(join(data, 'file'))
  })

  it('reports a database of another version', async () => {
    const path = await copy()
    await writeFile(join(path, 'database', 'PG_VERSION'), '16\n')
    const error = await openPglite(path).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DatabaseError)
    const made = await readFile(join(data, 'database', 'PG_VERSION'), 'utf8')
    expect((error as Error).message).toContain(
      `made by PostgreSQL 16, and this program has PostgreSQL ${made.trim()}.`,
    )
  }, 240_000)

  it.each([
    [
      'its control file is cut off',
      (path: string) => truncate(join(path, 'global', 'pg_control'), 10),
    ],
    ['its log is gone', (path: string) => rm(join(path, 'pg_wal'), { recursive: true })],
    ['its version is gone', (path: string) => rm(join(path, 'PG_VERSION'))],
  ])(
    'reports a damaged database and what to do, and releases the lock: %s',
    async (_, spoil) => {
      const path = await copy()
      await spoil(join(path, 'database'))
      const error = await openPglite(path).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(DatabaseError)
      expect((error as Error).message).toMatch(/damaged.*backup/)
      expect(await readdir(path)).toEqual(['database'])
    },
    240_000,
  )
})

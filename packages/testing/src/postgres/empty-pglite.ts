import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'

const require = createRequire(import.meta.url)
const library = join(dirname(require.resolve('@electric-sql/pglite')), '..')
const cache = join(library, '..', '..', '.cache', 'lexwright')

/**
 * A new PGlite in memory. Making one from nothing takes seconds of processor time, so the files of an empty one are
 * kept below `node_modules`, for each version of PGlite.
 */
export async function createPglite(): Promise<PGlite> {
  const path = await kept('tar', async (draft) => {
    const created = await PGlite.create()
    const dump = await created.dumpDataDir('none').finally(() => created.close())
    await writeFile(draft, new Uint8Array(await dump.arrayBuffer()))
  })
  return PGlite.create({ loadDataDir: new Blob([new Uint8Array(await readFile(path))]) })
}

/** Writes the files of an empty database to a directory, as the program finds them when it is started again. */
export async function writeEmptyDatabase(directory: string): Promise<void> {
  const path = await kept('directory', async (draft) => {
    const inMemory = await createPglite()
    const loadDataDir = await inMemory.dumpDataDir('none').finally(() => inMemory.close())
    await (await PGlite.create({ dataDir: draft, loadDataDir })).close()
  })
  await cp(path, directory, { recursive: true })
  await chmod(directory, 0o700)
}

/** The path of what is kept in one form, made first if this version of PGlite has none yet. */
async function kept(form: string, make: (draft: string) => Promise<void>): Promise<string> {
  const { version } = JSON.parse(await readFile(join(library, 'package.json'), 'utf8'))
  const path = join(cache, `pglite-${version}.${form}`)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  // Another process may do the same now; the first to finish wins.
  const draft = `${path}.${process.pid}`
  await make(draft)
  await rename(draft, path).catch(() => rm(draft, { recursive: true }))
  return path
}

import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { keepFile } from '../kept-files.ts'

const require = createRequire(import.meta.url)
const library = join(dirname(require.resolve('@electric-sql/pglite')), '..')
const cache = join(library, '..', '..', '.cache', 'lexwright')

/** Initial tables and rows of a database. */
export interface Content {
  /** Changes whenever the content does. */
  readonly version: string
  fill(pglite: PGlite): Promise<void>
}

/**
 * A new PGlite in memory, empty or with initial content. Creating one takes seconds of CPU time, so
 * its files are cached below `node_modules`.
 */
export async function createPglite(content?: Content): Promise<PGlite> {
  const path = await kept('tar', content, async (draft) => {
    const created = await (content === undefined ? PGlite.create() : createPglite())
    await content?.fill(created)
    const dump = await created.dumpDataDir('none').finally(() => created.close())
    await writeFile(draft, new Uint8Array(await dump.arrayBuffer()))
  })
  // Reads the whole file first: a blob opened by path becomes unreadable if another process replaces
  // the file.
  return PGlite.create({ loadDataDir: new Blob([await readFile(path)]) })
}

/** Writes the files of such a database to a directory, as after a first start of the program. */
export async function writeDatabase(directory: string, content?: Content): Promise<void> {
  const path = await kept('directory', content, async (draft) => {
    const inMemory = await createPglite(content)
    const loadDataDir = await inMemory.dumpDataDir('none').finally(() => inMemory.close())
    await (await PGlite.create({ dataDir: draft, loadDataDir })).close()
  })
  await cp(path, directory, { recursive: true })
  await chmod(directory, 0o700)
}

/** The path of a cached form, created first if this version of PGlite has none yet. */
async function kept(
  form: string,
  content: Content | undefined,
  make: (draft: string) => Promise<void>,
): Promise<string> {
  const { version } = JSON.parse(await readFile(join(library, 'package.json'), 'utf8'))
  const name = `pglite-${version}${content === undefined ? '' : `-with-${content.version}`}.${form}`
  const path = await keepFile({ folder: cache, name, make })
  if (content !== undefined) await removeOlder(form, name)
  return path
}

/** Deletes cached content of earlier migrations. */
async function removeOlder(form: string, name: string): Promise<void> {
  const older = (await readdir(cache)).filter(
    (each) => each.includes('-with-') && each.endsWith(`.${form}`) && each !== name,
  )
  for (const each of older) await rm(join(cache, each), { recursive: true, force: true })
}

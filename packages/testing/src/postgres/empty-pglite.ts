import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
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
  const { version } = JSON.parse(await readFile(join(library, 'package.json'), 'utf8'))
  const path = join(cache, `pglite-${version}.tar`)
  const files = await readFile(path).catch(() => undefined)
  if (files !== undefined) return PGlite.create({ loadDataDir: new Blob([new Uint8Array(files)]) })

  const created = await PGlite.create()
  const dump = await created.dumpDataDir('none')
  await mkdir(cache, { recursive: true })
  // Another process may do the same now.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, new Uint8Array(await dump.arrayBuffer()))
  await rename(draft, path)
  return created
}

import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { OPENAPI_FILE } from '../print/mark.ts'
import { DiskError, reasonOf } from './disk-error.ts'
import { checkNoLinks, DOCUMENT_MODULES } from './ownership.ts'
import type { ExistingFile } from './plan.ts'

/**
 * Reads the files of an output folder at the paths that `generate` may write to; empty if it does not exist. Enters
 * only `types/` and `calls/`: any other folder in it is foreign, such as a nested output.
 */
export async function readOutput(folder: string): Promise<ExistingFile[]> {
  const isModule = (path: string): boolean => path.endsWith('.ts') || path === OPENAPI_FILE
  return reading(folder, () => [
    ...filesIn(folder, folder, isModule),
    ...DOCUMENT_MODULES.flatMap((modules) =>
      filesIn(folder, join(folder, modules), (path) => path.endsWith('.ts')),
    ),
  ])
}

/** Reads the wanted files directly in a folder. */
export async function readTop(
  folder: string,
  isWanted: (name: string) => boolean,
): Promise<ExistingFile[]> {
  return reading(folder, () => filesIn(folder, folder, isWanted))
}

function reading(folder: string, read: () => ExistingFile[]): ExistingFile[] {
  try {
    checkNoLinks(folder)
    return read()
  } catch (error) {
    throw new DiskError(`Cannot read ${folder}: ${reasonOf(error)}.`, { cause: error })
  }
}

/** Lists a folder of an output, recursively unless it is the output itself; does not follow links. */
function filesIn(
  output: string,
  folder: string,
  isWanted: (path: string) => boolean,
): ExistingFile[] {
  return entriesOf(output, folder).flatMap((entry) => {
    const file = join(entry.parentPath, entry.name)
    const path = relative(output, file).split(sep).join('/')
    // Anything but a file is foreign, and blocks the path.
    return isWanted(path) ? [{ path, text: entry.isFile() ? readFileSync(file, 'utf8') : '' }] : []
  })
}

function entriesOf(output: string, folder: string): Dirent[] {
  try {
    if (folder !== output) checkNoLinks(output, relative(output, folder))
    return readdirSync(folder, { recursive: folder !== output, withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

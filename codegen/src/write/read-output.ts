import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { OPENAPI_FILE } from '../print/mark.ts'
import { DiskError, reasonOf } from './disk-error.ts'
import { checkNoLinks, DOCUMENT_MODULES } from './ownership.ts'
import type { ExistingFile } from './plan.ts'

/**
 * Reads what an output folder has at the paths that `generate` may write to; a folder that does not exist is empty.
 * Only `types/` and `calls/` are entered: any other folder in it belongs to somebody else, such as an output of its own.
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

/** Reads the files that lie directly in a folder and are wanted. */
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

/** Lists one folder of an output, and all below it unless it is the output itself; links are not followed. */
function filesIn(
  output: string,
  folder: string,
  isWanted: (path: string) => boolean,
): ExistingFile[] {
  return entriesOf(output, folder).flatMap((entry) => {
    const file = join(entry.parentPath, entry.name)
    const path = relative(output, file).split(sep).join('/')
    // Anything but a file has no text that the generator wrote, and is in the way.
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

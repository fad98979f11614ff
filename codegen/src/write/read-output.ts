import { type Dirent, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { OPENAPI_FILE } from '../print/mark.ts'
import type { ExistingFile } from './plan.ts'

/** A folder could not be read or written. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/** True for every path that `generate` may write to. */
const isGeneratedPath = (path: string): boolean => path.endsWith('.ts') || path === OPENAPI_FILE

/**
 * Reads what the output folder has at those paths; a folder that does not exist is empty. Folders in it that are
 * certainly not generated, such as `node_modules` and `dist` beside generated code, are left out.
 */
export async function readOutput(
  folder: string,
  isWanted: (path: string) => boolean = isGeneratedPath,
): Promise<ExistingFile[]> {
  try {
    const top = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)
    const inside = top.filter((entry) => entry.isDirectory() && !isLeftOut(entry.name))
    const below = await Promise.all(
      inside.map((entry) =>
        readdir(join(folder, entry.name), { recursive: true, withFileTypes: true }),
      ),
    )
    return [...top, ...below.flat()].flatMap((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = relative(folder, file).split(sep).join('/')
      return isWanted(path) ? [{ path, text: textOf(entry, file) }] : []
    })
  } catch (error) {
    throw new DiskError(`Cannot read ${folder}: ${reasonOf(error)}.`, { cause: error })
  }
}

function isLeftOut(name: string): boolean {
  return name === 'node_modules' || name === 'dist' || name.startsWith('.')
}

/** The text of a file; nothing, which the generator never wrote, for a folder or for a link that leads nowhere. */
function textOf(entry: Dirent, path: string): string {
  if (entry.isFile()) return readFileSync(path, 'utf8')
  if (!entry.isSymbolicLink()) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** `permission denied, open 'generated/index.ts'` */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^E[A-Z]+: /, '')
}

function ignoreMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}

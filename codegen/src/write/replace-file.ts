import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// An import would initialise the whole module, including Web Crypto.
const { randomUUID } = process.getBuiltinModule('node:crypto')

/**
 * Writes a file under a random name in its folder, and renames it. The folder must exist; a replaced file keeps its
 * mode. `check` runs right before the rename, and throws if the file must not be replaced.
 */
export function replaceFile(target: string, text: string, check: () => void): void {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`)
  try {
    const mode = lstatSync(target, { throwIfNoEntry: false })?.mode
    writeFileSync(temporary, text, {
      flag: 'wx',
      ...(mode !== undefined && { mode: mode & 0o777 }),
    })
    check()
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// An import would wait for all of the module to be set up, Web Crypto included.
const { randomUUID } = process.getBuiltinModule('node:crypto')

/**
 * Writes a file under a random name beside its place, and renames it. Its folder has to be there; a file that is replaced
 * keeps its mode. `check` looks at the disk right before, and throws when the file may not be replaced.
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

import { mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DiskError, reasonOf } from './disk-error.ts'
import { checkNoLinks, checkReplaceable } from './ownership.ts'
import type { WritePlan } from './plan.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Carries out a plan, file by file: each file gets a temporary name in its folder and is then renamed. The plan may be
 * older than the disk, so every file is checked again right before it is replaced or removed. A run that is killed or
 * fails leaves a mix of old and new files, which the next run completes.
 *
 * @throws DiskError
 */
export async function applyPlan(
  folder: string,
  { create, update, remove }: WritePlan,
): Promise<void> {
  const written = [...create, ...update]
  let done = 0
  try {
    for (const path of [...written.map((file) => file.path), ...remove]) {
      checkReplaceable(folder, path)
    }
    const known = new Set<string>()
    for (const { path, text } of written) {
      makeFolder(folder, dirname(path), known)
      replaceFile(join(folder, path), text, () => checkReplaceable(folder, path))
      done++
    }
    for (const path of remove) {
      checkReplaceable(folder, path)
      rmSync(join(folder, path), { force: true })
      done++
      removeEmptyFolders(folder, dirname(path))
    }
  } catch (error) {
    const state =
      done === 0
        ? 'Nothing was written.'
        : 'Some files are new and some are old; the next run completes them.'
    throw new DiskError(`Cannot write to ${folder}: ${reasonOf(error)}. ${state}`, { cause: error })
  }
}

/** Makes a folder below another, unless it is known to exist. */
function makeFolder(folder: string, below: string, known: Set<string>): void {
  if (known.has(below)) return
  checkNoLinks(folder, below)
  mkdirSync(join(folder, below), { recursive: true })
  known.add(below)
}

function removeEmptyFolders(root: string, path: string): void {
  try {
    for (let current = path; current !== '.'; current = dirname(current)) {
      rmdirSync(join(root, current))
    }
  } catch {
    // The folder is not empty.
  }
}

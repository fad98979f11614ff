import { mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OutputFile } from '../print/print.ts'
import { DiskError, reasonOf } from './disk-error.ts'
import { checkReplaceable } from './ownership.ts'
import type { WritePlan } from './plan.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Carries out a plan, one file after the other: each gets a temporary name beside its place and is renamed. The plan may
 * be older than the disk, so whatever is replaced or removed is looked at again right before. A run that is killed or
 * fails leaves some files new and some old, which the next run completes.
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
    for (const file of written) {
      replace(folder, file)
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

function replace(folder: string, { path, text }: OutputFile): void {
  checkReplaceable(folder, path)
  const target = join(folder, path)
  mkdirSync(dirname(target), { recursive: true })
  replaceFile(target, text, () => checkReplaceable(folder, path))
}

function removeEmptyFolders(root: string, path: string): void {
  try {
    for (let current = path; current !== '.'; current = dirname(current)) {
      rmdirSync(join(root, current))
    }
  } catch {
    // There is something else in it.
  }
}

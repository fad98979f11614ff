import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { OutputFile } from '../print/print.ts'
import { holdingSignals } from './hold-signals.ts'
import { isOwned, type WritePlan } from './plan.ts'
import { DiskError, reasonOf } from './read-output.ts'

/** New texts wait in a folder of this name, with the number of the process behind it, until all of them are there. */
const STAGING = '.lexwright-'

/** In the staging folder while files are being replaced: the list of them, to bring the old ones back. */
const UNDO = 'undo.json'

/** The paths that are being replaced. */
interface Undo {
  /** Nothing was there. */
  readonly created: readonly string[]
  /** What was there is kept in the staging folder. */
  readonly replaced: readonly string[]
}

/**
 * Carries out a plan, wholly or not at all. All new texts are on the disk before the first file is replaced, each by
 * a rename. A failure leaves the old output as it was, and signals to end wait until all is done. A process that is
 * killed between the first rename and the last leaves what {@link recoverOutput} needs to bring the old output back.
 *
 * @throws DiskError
 */
export async function applyPlan(folder: string, plan: WritePlan): Promise<void> {
  if (plan.create.length + plan.update.length + plan.remove.length === 0) return
  await holdingSignals(() => {
    const staging = join(folder, `${STAGING}${process.pid}`)
    stage(folder, staging, plan)
    replaceAll(folder, staging, plan)
    for (const path of plan.remove) removeEmptyFolders(folder, dirname(path))
    discard(staging)
  })
}

/**
 * Clears away what killed processes left in the output folder. Where one was killed while it replaced files, the old
 * ones come back.
 *
 * @throws DiskError
 */
export async function recoverOutput(folder: string): Promise<void> {
  try {
    // What cannot be read is reported by whoever reads it.
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith(STAGING) || isInUse(Number(name.slice(STAGING.length)))) continue
      restore(folder, join(folder, name))
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  } catch (error) {
    const message = `Cannot bring back what an interrupted run replaced in ${folder}: ${reasonOf(error)}.`
    throw new DiskError(message, { cause: error })
  }
}

/** Puts all new texts, and what they replace, beside each other. */
function stage(folder: string, staging: string, { create, update, remove }: WritePlan): void {
  try {
    mkdirSync(staging, { recursive: true })
    for (const [index, { text }] of [...create, ...update].entries()) {
      writeFileSync(stagedAt(staging, index), text)
    }
    const created = create.map(({ path }) => path)
    const replaced = [...update.map(({ path }) => path), ...remove]
    for (const [index, path] of replaced.entries()) keep(join(folder, path), oldAt(staging, index))
    // A list that is half written is none: it gets its name when it is complete.
    writeFileSync(join(staging, 'undo'), JSON.stringify({ created, replaced } satisfies Undo))
    renameSync(join(staging, 'undo'), join(staging, UNDO))
  } catch (error) {
    discard(staging)
    throw unwritable(folder, error)
  }
}

// Numbered in one folder: a disk that keeps folders apart from each other makes files in one of them much faster.
function stagedAt(staging: string, index: number): string {
  return join(staging, String(index))
}

function oldAt(staging: string, index: number): string {
  return join(staging, `old-${index}`)
}

function keep(path: string, as: string): void {
  try {
    linkSync(path, as)
  } catch {
    // A disk without links, or a file that may not be linked to.
    copyFileSync(path, as)
  }
}

function replaceAll(folder: string, staging: string, plan: WritePlan): void {
  const written: readonly OutputFile[] = [...plan.create, ...plan.update]
  try {
    for (const below of new Set(written.map(({ path }) => dirname(path)))) {
      mkdirSync(join(folder, below), { recursive: true })
    }
    for (const [index, { path }] of written.entries()) {
      renameSync(stagedAt(staging, index), join(folder, path))
    }
    for (const path of plan.remove) rmSync(join(folder, path), { force: true })
    // From here on there is no way back.
    rmSync(join(staging, UNDO))
  } catch (error) {
    try {
      restore(folder, staging)
    } catch {
      const next = 'Some of it is replaced; the next run brings the old output back first.'
      const message = `Cannot replace what is in ${folder}: ${reasonOf(error)}. ${next}`
      throw new DiskError(message, { cause: error })
    }
    discard(staging)
    throw unwritable(folder, error)
  }
}

/**
 * Brings back what a run had replaced when it ended; nothing when it had not begun to, or was done. What somebody else
 * has put there since stays. The old files stay in the staging folder: a restoration may be cut off as well.
 */
function restore(folder: string, staging: string): void {
  const { created, replaced } = readUndo(staging)
  for (const [index, path] of replaced.entries()) {
    const target = join(folder, path)
    if (!isFree(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { force: true })
    keep(oldAt(staging, index), target)
  }
  for (const path of created) {
    if (isFree(join(folder, path))) rmSync(join(folder, path), { force: true })
    removeEmptyFolders(folder, dirname(path))
  }
}

/** Nothing, for a list that is not there or that a dying machine has left without its content. */
function readUndo(staging: string): Undo {
  try {
    const { created, replaced } = JSON.parse(readFileSync(join(staging, UNDO), 'utf8')) as Undo
    if ([...created, ...replaced].every(isInside)) return { created, replaced }
  } catch {
    // As for none.
  }
  return { created: [], replaced: [] }
}

/** True if a path that was read from a file stays in the folder that it is relative to. */
function isInside(path: string): boolean {
  return !isAbsolute(path) && !path.split(/[\\/]/).includes('..')
}

/** True if nothing is at a path, or something that the generator wrote. */
function isFree(path: string): boolean {
  try {
    return isOwned(readFileSync(path, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function unwritable(folder: string, error: unknown): DiskError {
  const message = `Cannot write to ${folder}: ${reasonOf(error)}. What is there is as it was.`
  return new DiskError(message, { cause: error })
}

function discard(staging: string): void {
  try {
    rmSync(staging, { recursive: true, force: true })
  } catch {
    // The next run clears it away.
  }
}

/** True if another live process owns the folder. One with our own id is left over from a run that failed. */
function isInUse(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    // Signal 0 is not sent; it only asks whether it could be.
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
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

import { type Dirent, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { ExistingFile, WritePlan } from './plan.ts'

/** New texts wait in a folder of this name, with the number of the process behind it, until all of them are there. */
const STAGING = '.lexwright-'

/** A folder could not be read or written. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/**
 * Reads what the output folder has at paths with the ending; a folder that does not exist is empty. Folders in it
 * that are certainly not generated, such as `node_modules` and `dist` beside generated code, are left out.
 */
export async function readOutput(folder: string, ending = '.ts'): Promise<ExistingFile[]> {
  try {
    const top = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)
    const inside = top.filter((entry) => entry.isDirectory() && !isLeftOut(entry.name))
    const below = await Promise.all(
      inside.map((entry) =>
        readdir(join(folder, entry.name), { recursive: true, withFileTypes: true }),
      ),
    )
    const entries = [...top, ...below.flat()].filter((entry) => entry.name.endsWith(ending))
    return entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { path: relative(folder, path).split(sep).join('/'), text: textOf(entry, path) }
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

/**
 * Carries out a plan. All new texts are on the disk before the first file is replaced, each by a rename: a
 * failure while writing leaves the old output whole, and what a killed process left behind is cleared away.
 *
 * @throws DiskError
 */
export async function applyPlan(folder: string, plan: WritePlan): Promise<void> {
  const written = [...plan.create, ...plan.update]
  const staging = join(folder, `${STAGING}${process.pid}`)
  // Numbered in one folder: a disk that keeps folders apart from each other makes files in one of them much faster.
  const staged = (index: number): string => join(staging, String(index))
  try {
    await removeAbandoned(folder)
    for (const below of new Set(written.map(({ path }) => dirname(path)))) {
      mkdirSync(join(folder, below), { recursive: true })
    }
    if (written.length > 0) mkdirSync(staging, { recursive: true })
    for (const [index, { text }] of written.entries()) writeFileSync(staged(index), text)
  } catch (error) {
    discard(staging)
    const message = `Cannot write to ${folder}: ${reasonOf(error)}. What is there is as it was.`
    throw new DiskError(message, { cause: error })
  }
  try {
    for (const [index, { path }] of written.entries()) renameSync(staged(index), join(folder, path))
    for (const path of plan.remove) {
      await rm(join(folder, path), { force: true })
      await removeEmptyFolders(folder, dirname(path))
    }
  } catch (error) {
    const message = `Cannot replace what is in ${folder}: ${reasonOf(error)}. Run it again.`
    throw new DiskError(message, { cause: error })
  } finally {
    discard(staging)
  }
}

function discard(staging: string): void {
  try {
    rmSync(staging, { recursive: true, force: true })
  } catch {
    // The next run clears it away.
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(ignoreMissing)
  for (const name of names) {
    if (!name.startsWith(STAGING) || isRunning(Number(name.slice(STAGING.length)))) continue
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is not sent; it only asks whether it could be.
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function removeEmptyFolders(root: string, path: string): Promise<void> {
  for (let current = path; current !== '.'; current = dirname(current)) {
    const removed = await rmdir(join(root, current)).then(
      () => true,
      () => false,
    )
    if (!removed) return
  }
}

/** `permission denied, open 'generated/index.ts'` */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^E[A-Z]+: /, '')
}

function ignoreMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}

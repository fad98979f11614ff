import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file or directory that is created once and kept. */
export interface KeptFile {
  /** The folder to keep it in; created if it does not exist. */
  readonly folder: string
  /** Name that identifies everything it is made from. */
  readonly name: string
  /** Creates it at a path that does not exist yet. */
  make(draft: string): Promise<void>
}

/** Files and directories being created by this process, by path. */
const making = new Map<string, Promise<string>>()

/**
 * Creates a file or directory unless it is already kept, and resolves to its path. Of concurrent calls in a process,
 * one creates it; of several processes, the first to finish wins.
 */
export async function keepFile({ folder, name, make }: KeptFile): Promise<string> {
  const path = join(folder, name)
  if (existsSync(path)) return path
  const current = making.get(path)
  if (current !== undefined) return current
  const made = makeFile(path, folder, make).finally(() => making.delete(path))
  making.set(path, made)
  return made
}

async function makeFile(path: string, folder: string, make: KeptFile['make']): Promise<string> {
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${randomUUID()}`
  await make(draft)
  // A file may replace that of another process; a directory cannot.
  await rename(draft, path).catch(() => rm(draft, { recursive: true }))
  return path
}

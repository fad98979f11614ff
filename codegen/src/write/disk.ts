import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { ExistingFile, WritePlan } from './plan.ts'

/** Reads every file of the output folder that has the ending; a folder that does not exist is empty. */
export async function readOutput(folder: string, ending = '.ts'): Promise<ExistingFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    ignoreMissing,
  )
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) => !path.includes(`${sep}node_modules${sep}`) && !path.includes(`${sep}dist${sep}`),
    )
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      text: await readFile(path, 'utf8'),
    })),
  )
}

/**
 * Carries out a plan. All new texts are on the disk before the first file is replaced, each by a rename: a
 * failure while writing leaves the old output whole.
 */
export async function applyPlan(folder: string, plan: WritePlan): Promise<void> {
  const staged: { readonly from: string; readonly to: string }[] = []
  try {
    for (const file of [...plan.create, ...plan.update]) {
      const to = join(folder, file.path)
      const from = `${to}.lexwright-${process.pid}`
      await mkdir(dirname(to), { recursive: true })
      staged.push({ from, to })
      await writeFile(from, file.text)
    }
    for (const { from, to } of staged) await rename(from, to)
  } catch (error) {
    await Promise.allSettled(staged.map(({ from }) => rm(from, { force: true })))
    throw error
  }
  for (const path of plan.remove) {
    await rm(join(folder, path), { force: true })
    await removeEmptyFolders(folder, dirname(path))
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

function ignoreMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}

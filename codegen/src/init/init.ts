import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { projectFiles } from './template.ts'

export type InitResult =
  | { readonly status: 'done'; readonly files: readonly string[] }
  /** Files of the project are there already; nothing was written. */
  | { readonly status: 'in-the-way'; readonly files: readonly string[] }

/** Writes a new project into a folder, which may exist but not hold any of the project's files. */
export async function init(folder: string): Promise<InitResult> {
  const files = projectFiles(packageName(folder))
  const present = await Promise.all(
    files.map(({ path }) =>
      stat(join(folder, path)).then(
        () => path,
        () => undefined,
      ),
    ),
  )
  const inTheWay = present.filter((path) => path !== undefined)
  if (inTheWay.length > 0) return { status: 'in-the-way', files: inTheWay }
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  return { status: 'done', files: files.map(({ path }) => path) }
}

/** The folder's name as npm allows it. */
function packageName(folder: string): string {
  const safe = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-._~]+/g, '-')
    .replace(/^[-._]+|-+$/g, '')
  return safe === '' ? 'my-service' : safe
}

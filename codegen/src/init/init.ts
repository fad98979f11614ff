import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { version } from '../version.ts'
import { fromRegistry, type OwnPackage, projectFiles } from './template.ts'

export type InitResult =
  | { readonly status: 'done'; readonly files: readonly string[] }
  /** Files of the project already exist; nothing was written. */
  | { readonly status: 'in-the-way'; readonly files: readonly string[] }
  /** The given folder lacks tarballs; nothing was written. */
  | { readonly status: 'not-packed'; readonly files: readonly string[] }

/**
 * Writes a new project into a folder, which may exist but must not contain any of the project's
 * files.
 *
 * @param from a folder of tarballs to install Lexwright's packages from; default the registry
 */
export async function init(folder: string, from?: string): Promise<InitResult> {
  if (from !== undefined) {
    const tarballs = OWN.map((name) => join(from, tarballOf(name)))
    const packed = await present(tarballs)
    const missing = tarballs.filter((path) => !packed.includes(path))
    if (missing.length > 0) return { status: 'not-packed', files: missing }
  }
  const ownVersions =
    from === undefined
      ? fromRegistry
      : (name: OwnPackage) => `file:${pathBetween(folder, join(from, tarballOf(name)))}`
  const files = projectFiles(packageName(folder), ownVersions)
  const targets = await present(files.map(({ path }) => join(folder, path)))
  const inTheWay = targets.map((path) => pathBetween(folder, path))
  if (inTheWay.length > 0) return { status: 'in-the-way', files: inTheWay }
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  return { status: 'done', files: files.map(({ path }) => path) }
}

const OWN: readonly OwnPackage[] = ['codegen', 'xrpc']

/** The name that `npm pack` gives to a package. */
function tarballOf(name: OwnPackage): string {
  return `lexwright-${name}-${version}.tgz`
}

/** Returns the paths that exist. */
async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => [path],
        () => [],
      ),
    ),
  )
  return found.flat()
}

/** A relative path for manifests, with forward slashes on every system. */
function pathBetween(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/')
}

/** The folder's name as a valid npm package name. */
function packageName(folder: string): string {
  const safe = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-._~]+/g, '-')
    .replace(/^[-._]+|-+$/g, '')
  return safe === '' ? 'my-service' : safe
}

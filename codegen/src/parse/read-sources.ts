import { type Dirent, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { packageNameOf, readPackage } from '../packages/read-package.ts'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import { compare } from './parse.ts'
import { readText, whyUnreadable } from './read-text.ts'
import type { SourceFile, Sources } from './source.ts'

export interface ReadOptions {
  /** Folders with lexicon documents, searched recursively, single documents, and packages: `npm:@atproto/api`. */
  readonly lexicons: readonly string[]
  /** Folders with merge patches, one file per NSID; default `overlays` in each lexicon folder. */
  readonly overlays?: readonly string[]
}

/**
 * Reads every `.json` file of the folders: only regular files, and not through links. Unreadable files are reported and
 * left out. Sequential, since for hundreds of small files that takes a fraction of the time of concurrent reads.
 */
export async function readSources(options: ReadOptions): Promise<Sources> {
  const reader = new Reader()
  const paths = options.lexicons.filter((one) => packageNameOf(one) === undefined)
  const given = paths.map((path) => ({ path, isFile: isFile(path) }))
  const folders = given.filter((one) => !one.isFile).map(({ path }) => path)
  const overlayFolders = options.overlays ?? folders.map((folder) => join(folder, 'overlays'))
  const skipped = new Set(overlayFolders.map((folder) => resolve(folder)))

  const isOptional = options.overlays === undefined
  const overlays = overlayFolders.flatMap((folder) => reader.folder(folder, { isOptional }))
  const documents = given.flatMap((one) =>
    one.isFile
      ? reader.file(one.path, dirname(one.path))
      : reader.folder(one.path, { isOptional: false, skipped }),
  )
  for (const one of options.lexicons) {
    const name = packageNameOf(one)
    if (name !== undefined) documents.push(...(await reader.package(one, name)))
  }
  const { problems } = reader
  if (documents.length === 0 && problems.length === 0) {
    const all = options.lexicons.join(', ')
    const at = { file: options.lexicons[0] ?? '.', path: [] }
    problems.push(diagnostic('no-documents', at, `There is no .json file in ${all}.`))
  }
  return { documents, overlays, unreadable: problems }
}

/** True for a file, or a link to one: the user named it explicitly. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

class Reader {
  readonly problems: Diagnostic[] = []

  folder(
    folder: string,
    options: { readonly isOptional: boolean; readonly skipped?: ReadonlySet<string> },
  ): SourceFile[] {
    try {
      return this.#below(folder, options.skipped ?? new Set())
        .sort(compare)
        .flatMap((path) => this.file(path, folder))
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!(options.isOptional && isMissing)) this.#report(folder, whyUnreadable(error))
      return []
    }
  }

  async package(given: string, name: string): Promise<readonly SourceFile[]> {
    try {
      return await readPackage(name)
    } catch (error) {
      this.#report(given, (error as Error).message)
      return []
    }
  }

  file(path: string, folder: string): SourceFile[] {
    const name = relative(folder, path)
      .split(sep)
      .join('/')
      .replace(/\.json$/, '')
    try {
      return [{ path: path.split(sep).join('/'), name, text: readText(path) }]
    } catch (error) {
      this.#report(path, whyUnreadable(error))
      return []
    }
  }

  /** The `.json` files below a folder, excluding packages and folders of tools. */
  #below(folder: string, skipped: ReadonlySet<string>): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      const isJson = entry.name.endsWith('.json')
      if (entry.isDirectory()) {
        return isLeftOut(entry.name) || skipped.has(resolve(path)) ? [] : this.#below(path, skipped)
      }
      if (entry.isFile()) return isJson ? [path] : []
      if (isJson || leadsToFolder(entry, path)) this.#report(path, reasonAgainst(entry))
      return []
    })
  }

  #report(path: string, reason: string): void {
    const at = { file: path.split(sep).join('/'), path: [] }
    this.problems.push(diagnostic('unreadable-file', at, `Cannot read ${at.file}: ${reason}.`))
  }
}

/** True for folders of packages or tools, which are not searched for documents. */
export function isLeftOut(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.')
}

function leadsToFolder(entry: Dirent, path: string): boolean {
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function reasonAgainst(entry: Dirent): string {
  return entry.isSymbolicLink()
    ? 'it is a link; pass its target with --lexicons'
    : 'it is not a regular file'
}

import { isUtf8 } from 'node:buffer'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import { compare } from './parse.ts'
import type { SourceFile, Sources } from './source.ts'

export interface ReadOptions {
  /** Folders with lexicon documents, searched recursively. */
  readonly lexicons: readonly string[]
  /** Folders with merge patches, one file per NSID; by default `overlays` in each of the lexicon folders. */
  readonly overlays?: readonly string[]
}

/** Reads every `.json` file of the folders. What cannot be read is reported and left out. */
export async function readSources(
  options: ReadOptions,
): Promise<{ readonly sources: Sources; readonly diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = []
  const explicit = options.overlays !== undefined
  const overlayFolders =
    options.overlays ?? options.lexicons.map((folder) => join(folder, 'overlays'))
  const skipped = new Set(overlayFolders.map((folder) => resolve(folder)))

  const overlays = await Promise.all(
    overlayFolders.map((folder) => readFolder(folder, new Set(), !explicit, diagnostics)),
  )
  const documents = await Promise.all(
    options.lexicons.map((folder) => readFolder(folder, skipped, false, diagnostics)),
  )
  const sources = { documents: documents.flat(), overlays: overlays.flat() }
  if (sources.documents.length === 0 && diagnostics.length === 0) {
    const folders = options.lexicons.join(', ')
    const at = { file: options.lexicons[0] ?? '.', path: [] }
    diagnostics.push(diagnostic('no-documents', at, `There is no .json file in ${folders}.`))
  }
  return { sources, diagnostics }
}

async function readFolder(
  folder: string,
  skipped: ReadonlySet<string>,
  optional: boolean,
  diagnostics: Diagnostic[],
): Promise<SourceFile[]> {
  let paths: string[]
  try {
    const found = await filesBelow(folder)
    paths = found
      .filter((path) => path.endsWith('.json'))
      .filter((path) => ![...skipped].some((skip) => resolve(path).startsWith(skip + sep)))
      .sort(compare)
  } catch (error) {
    if (!(optional && (error as NodeJS.ErrnoException).code === 'ENOENT')) {
      diagnostics.push(unreadable(folder, error))
    }
    return []
  }
  const files = await Promise.all(
    paths.map(async (path): Promise<SourceFile | undefined> => {
      try {
        const name = relative(folder, path)
          .split(sep)
          .join('/')
          .replace(/\.json$/, '')
        return { path: path.split(sep).join('/'), name, text: await readText(path) }
      } catch (error) {
        diagnostics.push(unreadable(path, error))
        return undefined
      }
    }),
  )
  return files.filter((file) => file !== undefined)
}

/** Every file below a folder, those in linked folders included; a folder that is linked into itself is seen once. */
async function filesBelow(
  folder: string,
  above: readonly string[] = [],
): Promise<readonly string[]> {
  const here = await realpath(folder)
  if (above.includes(here)) return []
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      const isFolder = entry.isSymbolicLink()
        ? await stat(path).then(
            (target) => target.isDirectory(),
            () => false,
          )
        : entry.isDirectory()
      return isFolder ? await filesBelow(path, [...above, here]) : [path]
    }),
  )
  return found.flat()
}

/** Reads a document; another encoding than UTF-8 would go unnoticed as odd characters in descriptions. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text')
  return bytes.toString('utf8')
}

function unreadable(path: string, error: unknown): Diagnostic {
  const { code, message } = error as NodeJS.ErrnoException
  const reason =
    {
      ENOENT: 'it does not exist',
      EACCES: 'permission denied',
      ENOTDIR: 'it is not a folder',
      EISDIR: 'it is a folder',
    }[code ?? ''] ?? message
  return diagnostic('unreadable-file', { file: path, path: [] }, `Cannot read ${path}: ${reason}.`)
}

import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
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

/**
 * Reads every `.json` file of the folders. What cannot be read is reported and left out. One file after the other:
 * for hundreds of small ones that takes a fraction of what it costs to wait for all of them at once.
 */
export async function readSources(
  options: ReadOptions,
): Promise<{ readonly sources: Sources; readonly diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = []
  const explicit = options.overlays !== undefined
  const overlayFolders =
    options.overlays ?? options.lexicons.map((folder) => join(folder, 'overlays'))
  const skipped = new Set(overlayFolders.map((folder) => resolve(folder)))

  const overlays = overlayFolders.flatMap((folder) =>
    readFolder(folder, new Set(), !explicit, diagnostics),
  )
  const documents = options.lexicons.flatMap((folder) =>
    readFolder(folder, skipped, false, diagnostics),
  )
  const sources = { documents, overlays }
  if (sources.documents.length === 0 && diagnostics.length === 0) {
    const folders = options.lexicons.join(', ')
    const at = { file: options.lexicons[0] ?? '.', path: [] }
    diagnostics.push(diagnostic('no-documents', at, `There is no .json file in ${folders}.`))
  }
  return { sources, diagnostics }
}

function readFolder(
  folder: string,
  skipped: ReadonlySet<string>,
  optional: boolean,
  diagnostics: Diagnostic[],
): SourceFile[] {
  let paths: string[]
  try {
    paths = filesBelow(folder)
      .filter((path) => path.endsWith('.json'))
      .filter((path) => ![...skipped].some((skip) => resolve(path).startsWith(skip + sep)))
      .sort(compare)
  } catch (error) {
    if (!(optional && (error as NodeJS.ErrnoException).code === 'ENOENT')) {
      diagnostics.push(unreadable(folder, error))
    }
    return []
  }
  return paths.flatMap((path): SourceFile[] => {
    try {
      const name = relative(folder, path)
        .split(sep)
        .join('/')
        .replace(/\.json$/, '')
      return [{ path: path.split(sep).join('/'), name, text: readText(path) }]
    } catch (error) {
      diagnostics.push(unreadable(path, error))
      return []
    }
  })
}

/** Every file below a folder, those in linked folders included; a folder that is linked into itself is seen once. */
function filesBelow(folder: string, above: readonly string[] = []): string[] {
  const here = realpathSync(folder)
  if (above.includes(here)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    const isFolder = entry.isSymbolicLink() ? leadsToFolder(path) : entry.isDirectory()
    return isFolder ? filesBelow(path, [...above, here]) : [path]
  })
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory()
  } catch {
    return false
  }
}

/** Reads a document; another encoding than UTF-8 would go unnoticed as odd characters in descriptions. */
export function readText(path: string): string {
  const bytes = readFileSync(path)
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

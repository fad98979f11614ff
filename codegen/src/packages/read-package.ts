import { readdirSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readText } from '../parse/read-text.ts'
import type { SourceFile } from '../parse/source.ts'

/** Prefix of a package name in `--lexicons`. */
const PREFIX = 'npm:'

/** The package named by a value of `--lexicons`; `undefined` for a path. */
export function packageNameOf(given: string): string | undefined {
  return given.startsWith(PREFIX) ? given.slice(PREFIX.length) : undefined
}

/**
 * The lexicon documents in an installed package: its JSON files, or else object literals in its modules. Runs nothing
 * of the package. Other files are not reported as problems.
 *
 * @throws Error if there are none, with the reason
 */
export async function readPackage(name: string): Promise<readonly SourceFile[]> {
  const root = rootOf(name)
  const paths = filesBelow(root)
  const found = paths
    .filter((path) => path.endsWith('.json'))
    .flatMap((path) => documentsIn(textOf(path)))
  const documents = found.length > 0 ? found : await writtenOut(paths)
  if (documents.length === 0) throw new Error('it ships no lexicon documents that can be read')
  return documents.map(({ id, text }) => ({
    path: `${PREFIX}${name}/${id}.json`,
    name: id.replaceAll('.', '/'),
    text,
    origin: `${PREFIX}${name}`,
  }))
}

/** The folder of an installed package. Throws an error with the reason if there is none. */
export function rootOf(name: string): string {
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name)) {
    throw new Error('it is not a package name')
  }
  const base = pathToFileURL(join(process.cwd(), 'package.json'))
  try {
    const manifest = findPackageJSON(name, base)
    if (manifest !== undefined) return dirname(realpathSync(manifest))
  } catch {
    // Treated as missing.
  }
  throw new Error('it is not installed here')
}

/** Regular files of a package, excluding nested packages; does not follow links. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return [path]
    return entry.isDirectory() && entry.name !== 'node_modules' ? filesBelow(path) : []
  })
}

function textOf(path: string): string {
  try {
    return readText(path)
  } catch {
    return ''
  }
}

interface Found {
  readonly id: string
  readonly text: string
}

function documentsIn(text: string): Found[] {
  if (!text.includes('"lexicon"')) return []
  try {
    const { lexicon, id, defs } = JSON.parse(text)
    return lexicon === 1 && typeof id === 'string' && typeof defs === 'object' ? [{ id, text }] : []
  } catch {
    return []
  }
}

/** Modules that contain documents, compiled ones first: sources are often next to them. */
async function writtenOut(paths: readonly string[]): Promise<Found[]> {
  const modules = paths
    .filter((path) => /\.([cm]?js|ts)$/.test(path) && !/\.d\.[cm]?ts$/.test(path))
    .sort((a, b) => Number(a.endsWith('ts')) - Number(b.endsWith('ts')))
    .map((path) => ({ path, text: textOf(path) }))
    .filter(({ text }) => /\blexicon["']?\s*:\s*1\b/.test(text))
  if (modules.length === 0) return []
  const { readLiterals } = await import('./literals.ts')
  const found = new Map<string, Found>()
  for (const { path, text } of modules) {
    for (const document of readLiterals(relative('', path).split(sep).join('/'), text)) {
      const { id } = document as { readonly id: string }
      if (!found.has(id)) found.set(id, { id, text: JSON.stringify(document, null, 2) })
    }
  }
  return [...found.values()]
}

import { readdirSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readText } from '../parse/read-text.ts'
import type { SourceFile } from '../parse/source.ts'

/** Before the name of a package in `--lexicons`. */
const PREFIX = 'npm:'

/** The package that a value of `--lexicons` names; `undefined` for a path. */
export function packageNameOf(given: string): string | undefined {
  return given.startsWith(PREFIX) ? given.slice(PREFIX.length) : undefined
}

/**
 * The lexicon documents that an installed package ships: its JSON files, or else those written out in object literals of
 * its modules. Nothing of the package is run. Its other files are none of ours, so none of them is a problem.
 *
 * @throws Error that says why there are none
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

/** The folder of an installed package. Throws an error that says why there is none. */
export function rootOf(name: string): string {
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name)) {
    throw new Error('that is no name of a package')
  }
  const base = pathToFileURL(join(process.cwd(), 'package.json'))
  try {
    const manifest = findPackageJSON(name, base)
    if (manifest !== undefined) return dirname(realpathSync(manifest))
  } catch {
    // As for none.
  }
  throw new Error('it is not installed here')
}

/** Regular files of a package, without those of other packages in it; links are not followed. */
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

/** Modules that speak of documents, the compiled ones first: sources often lie beside them. */
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

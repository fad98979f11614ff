import type { Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import type { Sources } from '../parse/source.ts'

// An import would wait for all of the module to be set up, Web Crypto included, which takes longer than hashing does.
const { createHash } = process.getBuiltinModule('node:crypto')

/**
 * What a run depended on and what it wrote, as hashes. The generator is deterministic: when the generator itself,
 * its options, every byte it reads and every byte it once wrote are the same, running it would change nothing.
 */
export interface Fingerprint {
  readonly input: string
  readonly output: string
}

interface Text {
  readonly path: string
  readonly text: string
}

/** Hashes everything the output is a function of. */
export async function hashInput(sources: Sources, options: object): Promise<string> {
  const hash = createHash('sha256').update(await hashGenerator())
  hash.update(JSON.stringify(options))
  for (const group of [sources.documents, sources.overlays]) {
    for (const { path, name, text } of group) addTexts(hash, [path, name, text])
    hash.update('\u0000')
  }
  return hash.digest('hex')
}

/** Hashes an output folder; the order of the files does not matter. */
export function hashOutput(files: readonly Text[]): string {
  const hash = createHash('sha256')
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  for (const { path, text } of sorted) addTexts(hash, [path, text])
  return hash.digest('hex')
}

/** The fingerprint kept for an output folder; `undefined` when there is none. */
export async function readFingerprint(out: string): Promise<Fingerprint | undefined> {
  const file = await fileFor(out)
  if (file === undefined) return undefined
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    // Missing or broken, it only costs the time of a full run.
    return undefined
  }
}

/** Keeps a fingerprint in `node_modules/.cache`; does nothing where there is no such place. */
export async function keepFingerprint(out: string, fingerprint: Fingerprint): Promise<void> {
  const file = await fileFor(out)
  if (file === undefined) return
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.${process.pid}`, JSON.stringify(fingerprint))
    await rename(`${file}.${process.pid}`, file)
  } catch {
    // A read-only node_modules is no reason to fail.
  }
}

/** A file named after the folder in the nearest `node_modules` above it or above the working directory. */
async function fileFor(out: string): Promise<string | undefined> {
  const name = `${createHash('sha256').update(resolve(out)).digest('hex')}.json`
  for (const start of [resolve(out), process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const modules = join(folder, 'node_modules')
      const exists = await readdir(modules).then(
        () => true,
        () => false,
      )
      if (exists) return join(modules, '.cache', 'lexwright', name)
      if (folder === dirname(folder)) break
    }
  }
  return undefined
}

/** The generator's own code, and the versions of the packages that have a say in the output. */
async function hashGenerator(): Promise<string> {
  const hash = createHash('sha256')
  const root = dirname(import.meta.dirname)
  const names = await readdir(root, { recursive: true })
  const code = names.filter((name) => /(?<!\.test|\.d)\.[jt]s$/.test(name)).sort()
  const packages = ['ts-morph', '@atproto/syntax'].map((name) =>
    findPackageJSON(name, import.meta.url),
  )
  const paths = [...code.map((name) => join(root, name)), ...packages.filter((path) => path)]
  const texts = paths.map((path) => readFileSync(path as string, 'utf8'))
  addTexts(hash, [...code, ...texts])
  return hash.digest('hex')
}

/** Lengths in front keep two lists of texts apart that read the same when joined. */
function addTexts(hash: Hash, texts: readonly string[]): void {
  for (const text of texts) hash.update(`${text.length}:`).update(text)
}

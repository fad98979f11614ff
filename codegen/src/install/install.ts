import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { LexInstallOptions } from '@atproto/lex-installer'
import { readText } from '../parse/read-text.ts'
import { DiskError } from '../write/disk-error.ts'
import { checkNoLinks } from '../write/ownership.ts'
import { replaceFile } from '../write/replace-file.ts'
import {
  type InstalledManifest,
  MANIFEST_FILE,
  NOTHING_INSTALLED,
  readManifest,
} from './manifest.ts'

export interface InstallOptions {
  /** NSIDs, or AT URIs of their records, to install in addition to the listed ones. */
  readonly add: readonly string[]
  /** The folder for the documents. */
  readonly lexicons: string
  /** The list of installed lexicons. */
  readonly manifest: string
  /** True to resolve and fetch everything again. */
  readonly update: boolean
  /** True to write nothing, and report differences. */
  readonly check: boolean
  /** How to resolve names and fetch records; default DNS and HTTPS. */
  readonly resolver?: Pick<LexInstallOptions, 'hooks' | 'fetch' | 'plcDirectoryUrl'>
}

export interface Installed {
  readonly ids: readonly string[]
  /** Documents that were written, or, with `check`, that differ or are missing. */
  readonly changed: readonly string[]
  /** True if the list has changed. */
  readonly isListChanged: boolean
}

/**
 * Installs lexicons from the network, with everything they refer to. The library works in a scratch folder; differences
 * are then written like all output: to a temporary name and renamed, never through a link, and never over a document
 * that is not in the list.
 *
 * @throws DiskError
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const library = await import('@atproto/lex-installer')
  const { add, lexicons, manifest, update, check, resolver } = options
  const known = readManifest(manifest) ?? NOTHING_INSTALLED
  const scratch = mkdtempSync(join(tmpdir(), 'lexwright-'))
  // The library treats every file in it as a document.
  const folder = join(scratch, 'lexicons')
  try {
    mkdirSync(folder)
    if (!update)
      for (const nsid of Object.keys(known.resolutions)) copyIfThere(nsid, lexicons, folder)
    const list = join(scratch, MANIFEST_FILE)
    const hint = update ? { ...known, resolutions: {} } : known
    writeFileSync(list, JSON.stringify(hint))
    const asked = { add: [...add], lexicons: folder, manifest: list, update, save: true }
    await quietly(() => library.install({ ...resolver, ...asked }))
    const fresh = readManifest(list) ?? NOTHING_INSTALLED
    const ids = Object.keys(fresh.resolutions)
    const changed = ids.filter(
      (nsid) => !isSame(join(lexicons, pathOf(nsid)), join(folder, pathOf(nsid))),
    )
    const isListChanged = !isDeepStrictEqual(fresh, known)
    if (!check) {
      for (const nsid of changed) write(nsid, { from: folder, to: lexicons, known })
      if (isListChanged)
        replaceFile(manifest, readText(list), () => checkNoLinks(dirname(manifest)))
    }
    return { ids, changed, isListChanged }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The path of a document below a folder of lexicons. */
export function pathOf(nsid: string): string {
  return `${nsid.replaceAll('.', '/')}.json`
}

function copyIfThere(nsid: string, from: string, to: string): void {
  const text = textIfThere(join(from, pathOf(nsid)))
  if (text === undefined) return
  mkdirSync(dirname(join(to, pathOf(nsid))), { recursive: true })
  writeFileSync(join(to, pathOf(nsid)), text)
}

interface Move {
  readonly from: string
  readonly to: string
  readonly known: InstalledManifest
}

function write(nsid: string, { from, to, known }: Move): void {
  const path = pathOf(nsid)
  const check = (): void => {
    checkNoLinks(to, dirname(path))
    const isTheirs = Object.hasOwn(known.resolutions, nsid)
    if (!isTheirs && textIfThere(join(to, path)) !== undefined) {
      throw new DiskError(`${join(to, path)} is in the way: it is not from ${MANIFEST_FILE}`)
    }
  }
  check()
  mkdirSync(dirname(join(to, path)), { recursive: true })
  replaceFile(join(to, path), readText(join(from, path)), check)
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [textIfThere(one), textIfThere(other)]
  if (a === undefined || b === undefined) return a === b
  try {
    return isDeepStrictEqual(JSON.parse(a), JSON.parse(b))
  } catch {
    return false
  }
}

function textIfThere(file: string): string | undefined {
  try {
    return readText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The library logs its steps with `console.debug`, which would mix them with the command's output. */
async function quietly(run: () => Promise<void>): Promise<void> {
  const { debug } = console
  console.debug = () => {}
  try {
    await run()
  } finally {
    console.debug = debug
  }
}

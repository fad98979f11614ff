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
  /** NSIDs, or AT URIs of their records, to install besides those of the list. */
  readonly add: readonly string[]
  /** The folder for the documents. */
  readonly lexicons: string
  /** The list of what is installed. */
  readonly manifest: string
  /** True if everything is resolved and fetched anew. */
  readonly update: boolean
  /** True if nothing is written, and a difference is an error. */
  readonly check: boolean
  /** How names are resolved and records fetched; by default over DNS and HTTPS. */
  readonly resolver?: Pick<LexInstallOptions, 'hooks' | 'fetch' | 'plcDirectoryUrl'>
}

export interface Installed {
  readonly ids: readonly string[]
  /** Documents that were written, or with `check` that differ or are missing. */
  readonly changed: readonly string[]
  /** True if the list differs from what it was. */
  readonly isListChanged: boolean
}

/**
 * Installs lexicons from the network, with all that they refer to. The library works in a folder of its own; what differs is
 * then written as everything is: beside its place and renamed, through no link, and never over a document that is not from
 * the list.
 *
 * @throws DiskError
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const library = await import('@atproto/lex-installer')
  const { add, lexicons, manifest, update, check, resolver } = options
  const known = readManifest(manifest) ?? NOTHING_INSTALLED
  const scratch = mkdtempSync(join(tmpdir(), 'lexwright-'))
  // The library takes every file in it for a document.
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

/** The document of an NSID below a folder of lexicons. */
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

/** The library tells of its steps with `console.debug`, which would be among the results of the command. */
async function quietly(run: () => Promise<void>): Promise<void> {
  const { debug } = console
  console.debug = () => {}
  try {
    await run()
  } finally {
    console.debug = debug
  }
}

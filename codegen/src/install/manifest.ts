import { isValidNsid } from '@atproto/syntax'
import { readText, whyUnreadable } from '../parse/read-text.ts'
import { DiskError } from '../write/disk-error.ts'

/** The file in which `lex install` also keeps the list, so that a project can use either tool. */
export const MANIFEST_FILE = 'lexicons.json'

/** The lexicons that a project installed from the network: which were requested, and where each comes from. */
export interface InstalledManifest {
  readonly version: 1
  readonly lexicons: readonly string[]
  readonly resolutions: { readonly [nsid: string]: { readonly uri: string; readonly cid: string } }
}

export const NOTHING_INSTALLED: InstalledManifest = { version: 1, lexicons: [], resolutions: {} }

/** Reads the list; `undefined` if there is none. Throws if the file is anything else. */
export function readManifest(file: string): InstalledManifest | undefined {
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new DiskError(`Cannot read ${file}: ${whyUnreadable(error)}.`, { cause: error })
  }
  const manifest = parsed(text)
  const { version, lexicons, resolutions } = manifest ?? {}
  const nsids = Array.isArray(lexicons) ? [...lexicons, ...Object.keys(resolutions ?? {})] : []
  const areResolved = Object.values(resolutions ?? {}).every(
    (one) => typeof one?.uri === 'string' && typeof one.cid === 'string',
  )
  const isList = version === 1 && Array.isArray(lexicons) && areResolved
  if (!isList || !nsids.every((one) => isValidNsid(one))) {
    throw new DiskError(`${file} is not a list of installed lexicons.`)
  }
  return manifest as InstalledManifest
}

function parsed(text: string): Partial<InstalledManifest> | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The documents in the list, if it can be read: these are not the project's own. */
export function installedIds(file: string): ReadonlySet<string> {
  try {
    return new Set(Object.keys(readManifest(file)?.resolutions ?? {}))
  } catch {
    return new Set()
  }
}

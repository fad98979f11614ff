import { isUtf8 } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { MAX_BYTES, TOO_LARGE } from '../parse/read-text.ts'
import type { SourceFile, Sources } from '../parse/source.ts'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'

/** Far more than all published documents together. */
const MAX_OUTPUT = 512 * 1024 * 1024

/** The commit of a revision in the repository of the working folder; `undefined` if there is none. */
export function commitOf(revision: string): string | undefined {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  const { status, stdout } = git(asked)
  return status === 0 ? stdout.toString('utf8').trim() : undefined
}

/** Reads folders of lexicons from a commit, without touching the working tree. Does not follow links. */
export function readRevision(
  { revision, commit }: { readonly revision: string; readonly commit: string },
  {
    lexicons,
    overlays,
  }: { readonly lexicons: readonly string[]; readonly overlays?: readonly string[] },
): Sources {
  const overlayFolders = overlays ?? lexicons.map((folder) => `${trimmed(folder)}/overlays`)
  const problems: Diagnostic[] = []
  const read = (folder: string, without: readonly string[] = []): SourceFile[] => {
    const start = `${trimmed(folder)}/`
    const skipped = without.map((one) => `${trimmed(one)}/`)
    const entries = listed(commit, folder)
      .filter(({ path }) => path.endsWith('.json'))
      .filter(({ path }) => !skipped.some((one) => path.startsWith(one)))
    const readable = entries.filter(({ reason }) => reason === undefined)
    const texts = blobs(readable.map(({ hash }) => hash))
    const textOf = new Map(readable.map(({ path }, index) => [path, texts[index]]))
    return entries.flatMap(({ path, reason = 'it is not UTF-8 text' }) => {
      const text = textOf.get(path)
      const name = path.startsWith(start) ? path.slice(start.length) : path
      const file = { path: `${revision}:${path}`, name: name.replace(/\.json$/, '') }
      if (text !== undefined) return [{ ...file, text }]
      const at = { file: file.path, path: [] }
      problems.push(diagnostic('unreadable-file', at, `Cannot read ${file.path}: ${reason}.`))
      return []
    })
  }
  return {
    documents: lexicons.flatMap((folder) => read(folder, overlayFolders)),
    overlays: overlayFolders.flatMap((folder) => read(folder)),
    unreadable: problems,
  }
}

interface Entry {
  readonly path: string
  readonly hash: string
  /** The reason it cannot be read. */
  readonly reason?: string
}

//= 100644 blob 3b18e512dba79e4c8300dd08aeb37f8e728b8dad     217\tlexicons/com/example/get.json
function listed(commit: string, folder: string): Entry[] {
  const { status, stdout } = git(['ls-tree', '-r', '-l', '-z', commit, '--', trimmed(folder)])
  if (status !== 0) return []
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line): Entry[] => {
      const [, mode = '', hash = '', size, path] = LISTED.exec(line) ?? []
      if (path === undefined) return []
      if (!mode.startsWith('100')) return [{ path, hash, reason: 'it is a link' }]
      return [{ path, hash, ...(Number(size) > MAX_BYTES && { reason: TOO_LARGE }) }]
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
const LISTED = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.+)$/s

/** The texts of some objects; `undefined` for one that is not UTF-8. */
function blobs(hashes: readonly string[]): (string | undefined)[] {
  if (hashes.length === 0) return []
  const { stdout } = git(['cat-file', '--batch'], `${hashes.join('\n')}\n`)
  const texts: (string | undefined)[] = []
  for (let at = 0; texts.length < hashes.length; ) {
    const end = stdout.indexOf('\n', at)
    const size = Number(stdout.toString('utf8', at, end).split(' ')[2])
    if (end < 0 || !Number.isSafeInteger(size))
      throw new Error('git returned other objects than it listed.')
    const bytes = stdout.subarray(end + 1, end + 1 + size)
    texts.push(isUtf8(bytes) ? bytes.toString('utf8') : undefined)
    at = end + 1 + size + 1
  }
  return texts
}

/** Ignores bare repositories inside a checkout, whose configuration could name programs to run. */
const CAREFUL = ['-c', 'safe.bareRepository=explicit']

function git(
  args: readonly string[],
  input?: string,
): { readonly status: number | null; readonly stdout: Buffer } {
  const { status, stdout } = spawnSync('git', [...CAREFUL, ...args], {
    maxBuffer: MAX_OUTPUT,
    env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
    ...(input !== undefined && { input }),
  })
  return { status, stdout: stdout ?? Buffer.alloc(0) }
}

function trimmed(folder: string): string {
  return folder.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '')
}

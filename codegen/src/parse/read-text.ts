import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Ten times the size of the largest published document. */
export const MAX_BYTES: number = 4 * 1024 * 1024
export const TOO_LARGE: string = `it is larger than ${MAX_BYTES / 1024 / 1024} MiB`

/** Neither follows links nor blocks on a pipe; Windows has neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Reads a file of an untrusted checkout: a regular file of limited size in UTF-8. Other encodings would corrupt
 * descriptions silently.
 */
export function readText(path: string): string {
  const file = openSync(path, FLAGS)
  try {
    const entry = fstatSync(file)
    if (entry.isDirectory()) throw new Error('it is a folder')
    if (!entry.isFile()) throw new Error('it is not a regular file')
    if (entry.size > MAX_BYTES) throw new Error(TOO_LARGE)
    const bytes = readFileSync(file)
    if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text')
    return bytes.toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** The reason a file or folder could not be read, to follow "Cannot read it: ". */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  ENOTDIR: 'it is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link',
  ENXIO: 'it is not a regular file',
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { MARKDOWN_MARK, OPENAPI_MARK, OWNERSHIP_MARK } from '../print/mark.ts'
import { DiskError } from './disk-error.ts'

/** The folders of an output with one module per document. */
export const DOCUMENT_MODULES: readonly string[] = ['types/', 'calls/']

/**
 * True if the generator wrote a text at a path of an output folder: code, Markdown or an API description. Below
 * `types/` and `calls/` the mark must name the document of that path, since a nested output there is separate.
 */
export function isOwned(path: string, text: string): boolean {
  const folder = DOCUMENT_MODULES.find((start) => path.startsWith(start))
  if (folder !== undefined) {
    const nsid = path.slice(folder.length).replace(/\.ts$/, '').replaceAll('/', '.')
    return text.startsWith(`${OWNERSHIP_MARK} from ${nsid}. `)
  }
  return [OWNERSHIP_MARK, MARKDOWN_MARK, OPENAPI_MARK].some((mark) => text.startsWith(mark))
}

/**
 * Checks that a file of an output folder may be replaced or removed: it has the mark or does not exist, and no folder
 * in its path is a link.
 *
 * @throws DiskError
 */
export function checkReplaceable(folder: string, path: string): void {
  checkNoLinks(folder, dirname(path))
  const file = join(folder, path)
  if (isThere(file) && !isOwned(path, headOf(file))) {
    throw new DiskError(`${file} is in the way: lexwright did not write it`)
  }
}

/**
 * Checks that an output folder, the folders from it down to a path, and those up to the working folder are not links:
 * a checkout may contain links.
 *
 * @throws DiskError
 */
export function checkNoLinks(folder: string, below = '.'): void {
  const target = resolve(folder, below)
  const toTarget = relative('', target)
  const isInside = !toTarget.startsWith('..') && !isAbsolute(toTarget)
  let current = isInside ? process.cwd() : dirname(resolve(folder))
  for (const part of relative(current, target).split(sep)) {
    current = join(current, part)
    const entry = lstatSync(current, { throwIfNoEntry: false })
    if (entry === undefined) return
    if (entry.isSymbolicLink()) {
      const shown = isInside ? relative('', current) : current
      throw new DiskError(`${shown} is a link, and nothing is written through links`)
    }
  }
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

/** More than any mark with the longest NSID. */
const HEAD_BYTES = 1024

/** The first bytes of a regular file; empty, and therefore without a mark, for anything else. */
function headOf(file: string): string {
  if (!lstatSync(file).isFile()) return ''
  const opened = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    if (!fstatSync(opened).isFile()) return ''
    const head = Buffer.alloc(HEAD_BYTES)
    return head.toString('utf8', 0, readSync(opened, head))
  } finally {
    closeSync(opened)
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from '../../packages/pack.ts'
import { RunError, run } from '../../packages/run.ts'

const ATTW = join(import.meta.dirname, 'node_modules/.bin/attw')

/** Findings of publint and Are The Types Wrong for a tarball. There must be none. */
export async function lintPackage(packed: Packed): Promise<readonly string[]> {
  return [...(await askPublint(packed)), ...(await askAttw(packed))]
}

async function askPublint({ tarball }: Packed): Promise<string[]> {
  const bytes = await readFile(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(bytes).buffer },
    strict: true,
  })
  return messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`)
}

/** Only ES modules are published, so only Node ESM and bundlers are checked. */
async function askAttw(packed: Packed): Promise<string[]> {
  const args = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color']
  const starred = starredEntries(packed)
  // By default, attw skips wildcard entries.
  if (starred.length > 0) args.push('--include-entrypoints', ...starred)
  try {
    await run(ATTW, [packed.tarball, ...args])
    return []
  } catch (error) {
    if (error instanceof RunError) return [`attw: ${error.output}`]
    throw error
  }
}

/** The entries that the wildcard entries match. */
function starredEntries({ manifest, files }: Packed): string[] {
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string' || !entry.includes('*')) return []
    const [start = '', end = ''] = (target.default ?? '').replace('./', '').split('*')
    return files
      .filter((file) => file.startsWith(start) && file.endsWith(end))
      .map((file) => entry.replace('*', file.slice(start.length, -end.length)))
  })
}

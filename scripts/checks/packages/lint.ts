import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from './pack.ts'
import { ROOT } from './packages.ts'
import { RunError, run } from './run.ts'

const ATTW = join(ROOT, 'node_modules/.bin/attw')

/** What publint and Are The Types Wrong say of a tarball. Both must have nothing to say. */
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

/** As ES modules, for Node and for bundlers: there is nothing else to import them with. */
async function askAttw({ tarball }: Packed): Promise<string[]> {
  try {
    await run(ATTW, [
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-emoji',
      '--no-color',
    ])
    return []
  } catch (error) {
    if (error instanceof RunError) return [`attw: ${error.output}`]
    throw error
  }
}

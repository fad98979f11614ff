import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Folders } from './programs.ts'

/** A document without dependents: a change to its description changes its generated module. */
const DOCUMENT = 'app/bsky/feed/getTimeline.json'

/**
 * Starts `--watch`, saves a document several times, and returns the milliseconds from each save until the
 * command reported that everything was written.
 */
export async function watchOnce(
  cli: string,
  { lexicons, out, scratch, changes }: Folders & { readonly changes: number },
): Promise<number[]> {
  const child = spawn(
    process.execPath,
    [cli, 'generate', '--watch', '--json', '-l', lexicons, '-o', out],
    { cwd: scratch, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const path = join(lexicons, DOCUMENT)
  const original = await readFile(path, 'utf8')
  const took: number[] = []
  try {
    await lines.next()
    for (let change = 0; change < changes; change++) {
      // Real saves are rare: let the process become idle.
      await new Promise((resolve) => setTimeout(resolve, 300))
      const document = JSON.parse(original)
      document.defs.main.description = `Change ${change}.`
      const started = performance.now()
      await writeFile(path, JSON.stringify(document))
      await lines.next()
      took.push(performance.now() - started)
    }
  } finally {
    await writeFile(path, original)
    child.kill('SIGINT')
  }
  return took
}

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripTypes } from '../../../codegen/src/testing/differential/compile.ts'
import { median } from './measure.ts'
import { documents, generatedModule } from './peers.ts'

const PROCESSES = 25

/**
 * Prints the cost of loading the validators of all documents in a fresh process, and of the base class's
 * constructor.
 */
export async function reportLoading(): Promise<void> {
  const { path, text } = await generatedModule()
  const folder = join(path, '..')
  await writeFile(join(folder, 'validators.mjs'), stripTypes(text))
  await writeFile(join(folder, 'documents.json'), JSON.stringify(documents))
  await writeFile(join(folder, 'load.mjs'), LOAD)
  const times = { validators: [] as number[], constructor: [] as number[] }
  for (let turn = 0; turn < PROCESSES; turn++) {
    for (const what of ['validators', 'constructor'] as const) {
      times[what].push(inFreshProcess(join(folder, 'load.mjs'), what))
    }
  }
  const { length } = documents
  console.log(
    `\nIn a fresh process, for ${length} documents (median of ${PROCESSES}, and the best).\n`,
  )
  console.log('| | median | best |')
  console.log('|---|---:|---:|')
  for (const [what, all] of [
    ['importing the generated validators', times.validators],
    ['`new Lexicons(documents)`', times.constructor],
  ] as const) {
    console.log(`| ${what} | ${median(all).toFixed(2)} ms | ${Math.min(...all).toFixed(2)} ms |`)
  }
}

function inFreshProcess(script: string, what: string): number {
  const options = ['--conditions=@lexwright/source', script, what]
  const done = spawnSync(process.execPath, options, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`The measuring process failed: ${done.stderr}`)
  return Number(done.stdout)
}

// Shared dependencies are loaded before the clock starts.
const LOAD = `import { readFileSync } from 'node:fs'
import { Lexicons } from '@atproto/lexicon'
import '@lexwright/xrpc/codegenv1'
const documents = JSON.parse(readFileSync(new URL('documents.json', import.meta.url), 'utf8'))
const before = process.threadCpuUsage()
if (process.argv[2] === 'validators') await import('./validators.mjs')
else new Lexicons(documents)
const { user, system } = process.threadCpuUsage(before)
console.log((user + system) / 1_000)
`

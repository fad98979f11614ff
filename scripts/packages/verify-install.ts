import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { tryExample } from './example.ts'
import { packAll } from './pack.ts'
import { foreignEnvironment } from './run.ts'
import { sum, type Tally } from './summary.ts'

/**
 * Packs the packages, installs them outside of the repository, and runs each example there on its own: what somebody
 * gets who has none of the sources.
 *
 *     npm run verify:install [-- NAME…]
 */
const root = join(import.meta.dirname, '..', '..')
const examples = join(root, 'examples')
const chosen = process.argv.slice(2)
const names = (await readdir(examples, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && (chosen.length === 0 || chosen.includes(entry.name)))
  .map(({ name }) => name)
  .sort()

const env = foreignEnvironment(process.env, root, dirname(process.execPath))
const scratch = await mkdtemp(join(tmpdir(), 'lexwright-examples-'))
const tallies: Tally[] = []
try {
  const tarballs = await packAll(root, join(scratch, 'tarballs'), env)
  for (const name of names) {
    const started = performance.now()
    const report = await tryExample({
      source: join(examples, name),
      target: join(scratch, name),
      tarballs,
      env,
    })
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    console.log(`${name}: ${report.passed} passed, ${report.failed} failed (${seconds} s)`)
    for (const problem of report.problems) console.log(problem)
    tallies.push(report)
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}
const { passed, failed } = sum(tallies)
console.log(`examples: ${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

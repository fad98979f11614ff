import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foreignEnvironment } from './environment.ts'
import { tryExample } from './example.ts'
import { type Packed, packAll } from './pack.ts'
import { ROOT } from './packages.ts'
import { sum, type Tally } from './summary.ts'

/**
 * Packs the packages, installs them outside the repository, and runs each example there, as for a user without the
 * sources.
 *
 *     npm run verify:install [-- NAME…]
 */
const examples = join(ROOT, 'examples')
const chosen = process.argv.slice(2)
const names = (await readdir(examples, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && (chosen.length === 0 || chosen.includes(entry.name)))
  .map(({ name }) => name)
  .sort()

const env = foreignEnvironment()
const scratch = await mkdtemp(join(tmpdir(), 'lexwright-examples-'))
// If run as root, PostgreSQL runs as another user, who needs access to its program.
await chmod(scratch, 0o755)
const tallies: Tally[] = []

async function tryAll(): Promise<void> {
  const { packed, remove } = await packAll()
  const waiting = [...names]
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      await tryOne(name, packed)
    }
  }
  await Promise.all([work(), work()]).finally(remove)
}

async function tryOne(name: string, packed: readonly Packed[]): Promise<void> {
  const started = performance.now()
  const report = await tryExample({
    source: join(examples, name),
    target: join(scratch, name),
    packed,
    env,
  }).catch((error: unknown) => ({ passed: 0, failed: 1, problems: [String(error)] }))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${name}: ${report.passed} passed, ${report.failed} failed (${seconds} s)`)
  for (const problem of report.problems) console.log(problem)
  tallies.push(report)
}

try {
  if (names.length === 0) throw new Error(`There is no example called ${chosen.join(' or ')}`)
  await tryAll()
} catch (error) {
  console.log(error)
  tallies.push({ passed: 0, failed: 1 })
} finally {
  await rm(scratch, { recursive: true, force: true })
}
const { passed, failed } = sum(tallies)
console.log(`examples: ${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { foreignEnvironment } from './environment.ts'
import { EXAMPLES, installExamples, tryExample } from './examples.ts'
import { packAll } from './pack.ts'
import { ROOT } from './packages.ts'
import { sum, type Tally } from './summary.ts'

/**
 * Packs the packages, installs them outside the repository, and runs each example there, as for a user without the
 * sources.
 *
 *     npm run verify:install [-- NAME…]
 */
const chosen = process.argv.slice(2)
const names = (await readdir(EXAMPLES, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && (chosen.length === 0 || chosen.includes(entry.name)))
  .map(({ name }) => name)
  // The longest comes first, so it does not run alone at the end.
  .sort((a, b) => Number(b === 'tiny-pds') - Number(a === 'tiny-pds'))

const scratch = await mkdtemp(join(tmpdir(), 'lexwright-examples-'))
// If run as root, PostgreSQL runs as another user, who needs access to its program.
await chmod(scratch, 0o755)
const tallies: Tally[] = []

/** A Node that compiles the WebAssembly of PGlite without optimization: no example runs long enough to benefit from it. */
async function writeNode(): Promise<string> {
  const programs = join(scratch, 'bin')
  await mkdir(programs)
  const script = `#!/bin/sh\nexec ${process.execPath} --liftoff-only "$@"\n`
  await writeFile(join(programs, 'node'), script, { mode: 0o755 })
  return programs
}

async function tryAll(): Promise<void> {
  const env = {
    ...foreignEnvironment(process.env, ROOT, await writeNode()),
    // Shared between commands.
    NODE_COMPILE_CACHE: join(scratch, 'compiled'),
  }
  const { packed, remove } = await packAll()
  const folders = await installExamples({ names, target: scratch, packed, env }).finally(remove)
  const work = async (): Promise<void> => {
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
      await tryOne(folder, env)
    }
  }
  await Promise.all([work(), work()])
}

async function tryOne(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const started = performance.now()
  const report = await tryExample(folder, env).catch((error: unknown) => ({
    passed: 0,
    failed: 1,
    problems: [String(error)],
  }))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(
    `${basename(folder)}: ${report.passed} passed, ${report.failed} failed (${seconds} s)`,
  )
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

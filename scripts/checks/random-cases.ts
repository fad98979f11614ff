/**
 * Runs the suites of random formats, values and documents with thirty times as many cases as `npm test`.
 *
 *     node --conditions=@lexwright/source scripts/checks/random-cases.ts [times]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [times = '30'] = process.argv.slice(2)
const suites = ['formats', 'published', 'differential', 'openapi/values'].map(
  (name) => `codegen/src/.*${name}.integration`,
)
const child = spawn('npm', ['test', '--', '--testTimeout=3600000', ...suites], {
  env: { ...process.env, TEST_ROUNDS: times },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1

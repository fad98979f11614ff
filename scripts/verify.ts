import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/**
 * `npm run verify`: every check but the examples and the tiers after `npm test`. With `--quick`, as in `npm run check`,
 * those for while one works.
 */
interface Checks {
  /** Read only sources and use one core each, so each series runs beside the other. */
  readonly beside: readonly (readonly string[])[]
  readonly after: readonly string[]
}

const ALL: Checks = {
  beside: [
    ['verify:lint', 'verify:types'],
    ['verify:layers', 'verify:unused', 'verify:compose', 'verify:codegen'],
  ],
  after: ['build', 'verify:packages', 'test'],
}
const QUICK: Checks = {
  beside: [['verify:lint', 'verify:own-types'], ['verify:layers']],
  after: ['test -- --selectProjects unit'],
}

/** Runs a script, and prints its output once it has ended. */
async function runBeside(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  process.stdout.write((await output).join(''))
  return code === 0
}

async function run(script: string): Promise<boolean> {
  const [code] = await once(
    spawn('npm', ['run', ...script.split(' ')], { stdio: 'inherit' }),
    'close',
  )
  return code === 0
}

/** Runs scripts one after the other; false after the first failure. */
async function inTurn(
  scripts: readonly string[],
  execute: (script: string) => Promise<boolean>,
): Promise<boolean> {
  for (const script of scripts) if (!(await execute(script))) return false
  return true
}

const { beside, after } = process.argv.includes('--quick') ? QUICK : ALL
const checked = await Promise.all(beside.map((scripts) => inTurn(scripts, runBeside)))
const isGood = checked.every(Boolean) && (await inTurn(after, run))
process.exitCode = isGood ? 0 : 1

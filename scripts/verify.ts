import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/**
 * `npm run verify`: every check but the examples and the tiers after `npm test`. The first checks read only sources and
 * use one core each, so two run at a time.
 */
const BESIDE = [
  ['verify:lint', 'verify:types'],
  ['verify:layers', 'verify:unused', 'verify:compose', 'verify:codegen'],
]
const THEN = ['build', 'verify:packages', 'test']

/** Runs a script, and prints its output once it has ended. */
async function runBeside(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  process.stdout.write((await output).join(''))
  return code === 0
}

async function run(script: string): Promise<boolean> {
  const [code] = await once(spawn('npm', ['run', script], { stdio: 'inherit' }), 'close')
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

const checked = await Promise.all(BESIDE.map((scripts) => inTurn(scripts, runBeside)))
const isGood = checked.every(Boolean) && (await inTurn(THEN, run))
process.exitCode = isGood ? 0 : 1

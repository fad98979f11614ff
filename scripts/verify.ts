import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/**
 * `npm run verify`: every check but the examples and the tiers after `npm test`. With `--quick`, as in `npm run check`,
 * those for while one works.
 */
const isQuick = process.argv.includes('--quick')

/** Read only sources and use one core each, so each series runs beside the other. */
const CHECKS = isQuick
  ? [['verify:lint', 'verify:own-types'], ['verify:layers']]
  : [
      ['verify:lint', 'verify:types'],
      ['verify:layers', 'verify:unused', 'verify:compose', 'verify:codegen'],
    ]
const TESTS = isQuick ? ['test -- --selectProjects unit'] : ['build', 'verify:packages', 'test']

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

const failed: string[] = []

/** Runs scripts one after the other; false after the first failure. */
async function inTurn(
  scripts: readonly string[],
  execute: (script: string) => Promise<boolean>,
): Promise<boolean> {
  for (const script of scripts) {
    if (await execute(script)) continue
    failed.push(script)
    return false
  }
  return true
}

const checked = Promise.all(CHECKS.map((scripts) => inTurn(scripts, runBeside))).then((results) =>
  results.every(Boolean),
)
// Unit tests leave the cores idle at times, so the quick checks run meanwhile.
const isGood = isQuick
  ? (await Promise.all([checked, inTurn(TESTS, run)])).every(Boolean)
  : (await checked) && (await inTurn(TESTS, run))
if (!isGood) console.error(`Failed: ${failed.join(', ')}. What it printed is above.`)
process.exitCode = isGood ? 0 : 1

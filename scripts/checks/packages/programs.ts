import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foreignEnvironment } from '../../packages/environment.ts'
import { attempt, run } from '../../packages/run.ts'
import type { Installation } from './installation.ts'

/** The oldest Node that the manifests allow, and one that is too old. */
const OLDEST = '22.18.0'
const TOO_OLD = '20.9.0'

/**
 * Runs the installed programs under old Node versions, installed from npm: they work, or report the version
 * they need.
 */
export async function checkPrograms(
  installations: readonly Installation[],
  scratch: string,
): Promise<readonly string[]> {
  const problems: string[] = []
  const env = foreignEnvironment()
  const [oldest, tooOld] = [await installNode(OLDEST, scratch), await installNode(TOO_OLD, scratch)]
  for (const [program, name] of [
    ['lexwright', '@lexwright/codegen'],
    ['lexwright-server', '@lexwright/server'],
  ] as const) {
    const folder = installations.find((one) => one.name === name)?.folder ?? ''
    const path = join(folder, 'node_modules/.bin', program)
    for (const node of [process.execPath, oldest]) {
      const { code, output } = await attempt(node, [path, '--help'], { env })
      if (code !== 0 || !output.includes(`Usage: ${program}`)) {
        problems.push(`${program} --help under ${node} ended with ${code}:\n${output}`)
      }
    }
    const { code, output } = await attempt(tooOld, [path, '--help'], { env })
    const sentence = `${program} needs Node 22.18 or newer; this is ${TOO_OLD}.\n`
    if (code === 0 || output !== sentence) {
      problems.push(`${program} under Node ${TOO_OLD} ended with ${code}:\n${output}`)
    }
  }
  return problems
}

/** @returns the path of the Node binary */
async function installNode(version: string, scratch: string): Promise<string> {
  const folder = join(scratch, `node-${version}`)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await run('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], {
    cwd: folder,
    env: foreignEnvironment(),
  })
  return join(folder, 'node_modules/node/bin/node')
}

import { cp, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { closure, type Packed } from './pack.ts'
import { ownNames, readManifest } from './packages.ts'
import { commandsOf } from './readme.ts'
import { attempt, run } from './run.ts'
import { sum, type Tally, tallyOf } from './summary.ts'

export interface ExampleOptions {
  /** The example's folder in the repository. */
  readonly source: string
  /** The folder to try it in; must not exist yet. */
  readonly target: string
  readonly packed: readonly Packed[]
  readonly env: NodeJS.ProcessEnv
}

export interface ExampleReport extends Tally {
  /** Messages for the reader. */
  readonly problems: readonly string[]
}

/**
 * Copies an example and follows its README: installs dependencies, checks types, runs tests. A command other than a
 * test run counts as one test.
 */
export async function tryExample(options: ExampleOptions): Promise<ExampleReport> {
  const { source, target, env } = options
  await cp(source, target, {
    recursive: true,
    filter: (path) => !/^(node_modules|dist|data|package-lock\.json)/.test(relative(source, path)),
  })
  const tallies: Tally[] = []
  const problems: string[] = []
  for (const command of commandsOf(await readFile(join(target, 'README.md'), 'utf8'))) {
    if (command === 'npm install') {
      await install(options)
      continue
    }
    const { code, output } = await attempt('sh', ['-c', command], { cwd: target, env })
    const isFine = code === 0
    const tally = /^npm test\b/.test(command)
      ? tallyOf(output, code)
      : { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 }
    tallies.push(tally)
    if (tally.failed > 0) problems.push(`$ ${command}\n${output}`)
  }
  return { ...sum(tallies), problems }
}

/** The tarballs replace the registry for Lexwright's packages. */
async function install({ target, packed, env }: ExampleOptions): Promise<void> {
  const { dependencies, devDependencies } = readManifest(target)
  const wanted = ownNames({ dependencies: { ...dependencies, ...devDependencies } })
  const paths = closure(packed, wanted).map(({ tarball }) => tarball)
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', ...options, ...paths], { cwd: target, env })
}

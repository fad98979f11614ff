import { cp, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { closure, manifest, ownNames, type Tarball } from './pack.ts'
import { attempt, type Environment, run } from './run.ts'
import { sum, type Tally, tallyOf } from './summary.ts'
import { typeErrorsOf } from './type-errors.ts'

export interface ExampleOptions {
  /** The folder of the example in the repository. */
  readonly source: string
  /** Where it is tried; does not exist yet. */
  readonly target: string
  readonly tarballs: ReadonlyMap<string, Tarball>
  readonly env: Environment
}

export interface ExampleReport extends Tally {
  /** What went wrong, for people. */
  readonly problems: readonly string[]
}

/** Copies an example, installs what it depends on, checks its types and runs its tests, as its reader would. */
export async function tryExample(options: ExampleOptions): Promise<ExampleReport> {
  const { target: cwd, env } = options
  try {
    await install(options)
  } catch (error) {
    return { passed: 0, failed: 1, problems: [String(error)] }
  }
  const types = await attempt('npx', ['tsc', '--pretty', 'false', '--skipLibCheck', 'false'], {
    cwd,
    env,
  })
  const { ours, others } = typeErrorsOf(types.output)
  const isTyped = ours.length === 0 && (types.code === 0 || others.length > 0)
  const tests = await attempt('npm', ['test', '--silent'], { cwd, env })
  const tally = tallyOf(tests.output, tests.code)
  const total = sum([tally, { passed: isTyped ? 1 : 0, failed: isTyped ? 0 : 1 }])
  return {
    ...total,
    problems: [
      ...(isTyped ? [] : [`The types do not fit:\n${ours.join('\n') || types.output}`]),
      ...(tally.failed > 0 ? [tests.output] : []),
    ],
  }
}

/** The tarballs stand in for the registry: what asks for one of our packages gets this one. */
async function install({ source, target, tarballs, env }: ExampleOptions): Promise<void> {
  await cp(source, target, {
    recursive: true,
    filter: (path) => !/^(node_modules|data|package-lock\.json)/.test(relative(source, path)),
  })
  const { dependencies, devDependencies } = manifest(
    await readFile(join(target, 'package.json'), 'utf8'),
  )
  const wanted = ownNames({ ...dependencies, ...devDependencies })
  const paths = closure(tarballs, wanted).map(({ path }) => path)
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', ...options, ...paths], { cwd: target, env })
}

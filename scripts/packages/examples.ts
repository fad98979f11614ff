import { cp, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { closure, type Packed } from './pack.ts'
import { ownNames, ROOT, readManifest } from './packages.ts'
import { commandsOf } from './readme.ts'
import { attempt, run } from './run.ts'
import { sum, type Tally, tallyOf } from './summary.ts'

/** The folder of the examples in the repository. */
export const EXAMPLES: string = join(ROOT, 'examples')

export interface ExamplesOptions {
  /** The names of the examples to try. */
  readonly names: readonly string[]
  /** A folder to copy them to. */
  readonly target: string
  readonly packed: readonly Packed[]
  readonly env: NodeJS.ProcessEnv
}

export interface ExampleReport extends Tally {
  /** Messages for the reader. */
  readonly problems: readonly string[]
}

/**
 * Copies examples and installs their dependencies. Those with the account module are workspaces of one installation, and
 * those without it of another, so what several need is fetched and unpacked once. `@atproto/lex-cli` is installed apart:
 * another package has the same command, `lex`.
 *
 * @returns their folders
 */
export async function installExamples(options: ExamplesOptions): Promise<string[]> {
  const groups = Object.groupBy(options.names, (name) => {
    if ('@atproto/lex-cli' in (readManifest(join(EXAMPLES, name)).devDependencies ?? {}))
      return name
    const own = ownPackages(name, options).map(({ manifest }) => manifest.name)
    return own.includes('@lexwright/account') ? 'accounts' : 'methods'
  })
  const installed = Object.entries(groups).map(([group, names = []]) =>
    installGroup({ ...options, names, target: join(options.target, group) }),
  )
  return (await Promise.all(installed)).flat()
}

/** The workspace packages that an example needs. */
function ownPackages(name: string, { packed }: ExamplesOptions): readonly Packed[] {
  const { dependencies, devDependencies } = readManifest(join(EXAMPLES, name))
  return closure(packed, ownNames({ dependencies: { ...dependencies, ...devDependencies } }))
}

/** The tarballs replace the registry for Lexwright's packages. */
async function installGroup(options: ExamplesOptions): Promise<string[]> {
  const { names, target, env } = options
  for (const name of names) {
    const source = join(EXAMPLES, name)
    await cp(source, join(target, name), {
      recursive: true,
      filter: (path) =>
        !/^(node_modules|dist|data|package-lock\.json)/.test(relative(source, path)),
    })
  }
  const own = names.flatMap((name) => ownPackages(name, options))
  const manifests = names.map((name) => readManifest(join(EXAMPLES, name)))
  const installation = {
    private: true,
    workspaces: names,
    // npm reads these from the manifest of the installation alone.
    allowScripts: Object.assign({}, ...manifests.map(({ allowScripts }) => allowScripts)),
    overrides: Object.assign({}, ...manifests.map(({ overrides }) => overrides)),
    dependencies: Object.fromEntries(
      own.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
    ),
  }
  await writeFile(join(target, 'package.json'), JSON.stringify(installation))
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', ...flags], { cwd: target, env })
  return names.map((name) => join(target, name))
}

/**
 * Follows the README of an installed example: checks types, runs tests. A command other than a test run counts as one
 * test.
 */
export async function tryExample(folder: string, env: NodeJS.ProcessEnv): Promise<ExampleReport> {
  const tallies: Tally[] = []
  const problems: string[] = []
  for (const command of commandsOf(await readFile(join(folder, 'README.md'), 'utf8'))) {
    if (command === 'npm install') continue
    const { code, output } = await attempt('sh', ['-c', command], { cwd: folder, env })
    const isFine = code === 0
    const tally = /^npm test\b/.test(command)
      ? tallyOf(output, code)
      : { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 }
    tallies.push(tally)
    if (tally.failed > 0) problems.push(`$ ${command}\n${output}`)
  }
  return { ...sum(tallies), problems }
}

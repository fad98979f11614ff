/**
 * Type-checks other projects' services with this generator's code in place of lex-cli's: Ozone and the AppView of
 * Bluesky, whose sources are published. The compiler must report the same errors with either.
 *
 *     node --conditions=@lexwright/source scripts/checks/drop-in.ts [service …]
 *
 * Both services by default. They were written for earlier releases of the library and are compiled with the current
 * ones, so breaking changes in the library are reported with either. Takes some minutes and needs a registry.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { foreignEnvironment } from '../packages/environment.ts'
import { closure, packAll } from '../packages/pack.ts'
import { ROOT } from '../packages/packages.ts'
import { attempt, run } from '../packages/run.ts'

const SERVICES = ['@atproto/ozone@0.1.169', '@atproto/bsky@0.0.221']
const named = process.argv.slice(2)
const wanted = SERVICES.filter((service) => named.length === 0 || named.includes(service))
if (wanted.length < named.length) throw new Error(`There are: ${SERVICES.join(', ')}.`)

/** Packages that generated code and handlers must share, in this repository's versions. */
const SHARED = ['lexicon', 'syntax', 'xrpc', 'xrpc-server', 'lex-cli', 'api', 'crypto'].map(
  (name) => `@atproto/${name}`,
)

const COMPILER = 'typescript@5'
const CONFIG = {
  compilerOptions: {
    strict: true,
    noImplicitAny: false,
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    types: ['node'],
    skipLibCheck: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    useDefineForClassFields: false,
    noEmit: true,
  },
  include: ['src'],
}

const env = foreignEnvironment()
const scratch = await mkdtemp(join(tmpdir(), 'lexwright-drop-in-'))
try {
  const { packed, remove } = await packAll()
  const ours = closure(packed, ['@lexwright/codegen', '@lexwright/xrpc']).map(
    ({ tarball }) => tarball,
  )
  for (const service of wanted) {
    const different = await compare(service, ours)
    if (different) process.exitCode = 1
  }
  await remove()
} finally {
  await rm(scratch, { recursive: true, force: true })
}

/** Prints the number of errors, and the errors that occur with only one of the two. */
async function compare(service: string, ours: readonly string[]): Promise<boolean> {
  const folder = join(scratch, service.replace(/\W/g, '-'))
  const shell = (command: string, ...args: string[]) => run(command, args, { cwd: folder, env })
  await mkdir(folder)
  const tarball = (await shell('npm', 'pack', service, '--silent')).trim()
  await shell('tar', '-xzf', tarball, '--strip-components=1')
  await shell('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent')
  const current = await Promise.all(SHARED.map(withVersion))
  await shell(
    'npm',
    'install',
    '--ignore-scripts',
    '--no-save',
    '--force',
    '--silent',
    ...current,
    COMPILER,
    ...ours,
  )
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
  const documents = await writeDocuments(folder)

  const generated = join(folder, 'src', 'lexicon')
  const errorsWith = async (...generate: string[]): Promise<string[]> => {
    await rm(generated, { recursive: true, force: true })
    await shell('npx', ...generate)
    const { stdout } = await attempt('npx', ['tsc'], { cwd: folder, env })
    return stdout.split('\n').filter((line) => / error TS\d+: /.test(line))
  }
  const before = await errorsWith('lex', 'gen-server', '--yes', 'src/lexicon', ...documents)
  const after = await errorsWith(
    ...['lexwright', 'generate', '--server', '--import-ext', 'none'],
    ...['-l', 'documents', '-o', 'src/lexicon'],
  )
  const lost = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`)
  const found = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)
  console.log(
    `${service}, ${documents.length} documents: ${before.length} errors with lex-cli, ${after.length} with lexwright`,
  )
  for (const line of [...lost, ...found]) console.log(line)
  return lost.length + found.length > 0
}

/** `@atproto/lexicon@0.7.19`: as installed here, or as requested by the benchmarks, which include lex-cli. */
async function withVersion(name: string): Promise<string> {
  const manifest = join(ROOT, 'node_modules', name, 'package.json')
  if (existsSync(manifest)) return `${name}@${JSON.parse(await readFile(manifest, 'utf8')).version}`
  const bench = await readFile(join(ROOT, 'scripts', 'bench', 'package.json'), 'utf8')
  const { dependencies, devDependencies } = JSON.parse(bench)
  return `${name}@${{ ...devDependencies, ...dependencies }[name]}`
}

/** The documents of a service, read from its generated code. */
async function writeDocuments(folder: string): Promise<string[]> {
  const load = createRequire(join(folder, 'package.json'))
  const { schemas } = load('./dist/lexicon/lexicons.js') as { schemas: { id: string }[] }
  const paths = schemas.map(({ id }) => `documents/${id.replaceAll('.', '/')}.json`)
  for (const [index, path] of paths.entries()) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), JSON.stringify(schemas[index], withoutScheme, 2))
  }
  return paths
}

/** A registry adds `lex:` to references, in the documents themselves. */
function withoutScheme(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^lex:/, '') : value
}

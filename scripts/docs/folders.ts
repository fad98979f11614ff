import { randomUUID } from 'node:crypto'
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/**
 * Folders in which the blocks of a document can run:
 *
 * - `repository`: a clone, with its own `lexicons/` and `generated/`.
 * - `linked`: an empty folder with the packages installed.
 * - `empty`: an empty folder; `npm install` installs the dependencies in its `package.json`.
 */
export type FolderKind = 'repository' | 'linked' | 'empty'

/**
 * Replaces the registry: the packages are those of this workspace, linked, and run from source. Everything else
 * in the shell is real.
 */
export interface Installation {
  /** A folder of linked packages, for `node_modules`. */
  readonly modules: string
  /** The environment of a shell. */
  readonly env: NodeJS.ProcessEnv
}

const CONDITION = '@lexwright/source'

/** @param scratch a folder that is deleted after the test */
export async function createInstallation(scratch: string): Promise<Installation> {
  const modules = join(scratch, 'modules')
  await linkModules(modules, {})
  const shims = join(scratch, 'bin')
  await mkdir(shims)
  // PGlite is compiled without optimization: no document runs long enough to benefit from it.
  await writeScript(
    join(shims, 'node'),
    `#!/bin/sh\nexec ${process.execPath} --liftoff-only "$@"\n`,
  )
  await writeScript(join(shims, 'npm'), npmShim(await findProgram('npm'), modules))
  await writeScript(join(shims, 'npx'), npxShim(await findProgram('npx')))
  const home = join(scratch, 'home')
  await mkdir(home)
  const {
    PATH = '',
    TMPDIR,
    NODE_COMPILE_CACHE,
    npm_config_cache,
    npm_config_registry,
  } = process.env
  const env = {
    PATH: [shims, join(modules, '.bin'), dirname(process.execPath), PATH].join(delimiter),
    HOME: home,
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
    NODE_OPTIONS: `--conditions=${CONDITION}`,
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'silent',
    ...(TMPDIR && { TMPDIR }),
    // Shared between commands, and with other tests.
    ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
    ...(npm_config_cache && { npm_config_cache }),
    ...(npm_config_registry && { npm_config_registry }),
  }
  return { modules, env }
}

/** Makes a new folder of a kind. */
export async function makeFolder(
  kind: FolderKind,
  folder: string,
  { modules }: Installation,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (kind === 'linked') await symlink(modules, join(folder, 'node_modules'))
  if (kind !== 'repository') return
  for (const name of await readdir(ROOT)) {
    if (['.git', 'node_modules', 'data', '.env', '.tmp'].includes(name)) continue
    const [from, to] = [join(ROOT, name), join(folder, name)]
    // Copied, since readers change it.
    if (name === 'lexicons') await cp(from, to, { recursive: true })
    else if (name === 'generated') {
      await cp(from, to, { recursive: true, filter: (path) => basename(path) !== 'dist' })
    } else await symlink(from, to)
  }
  const generated = join(folder, 'generated')
  // TypeScript treats two copies of the same package version as one.
  const manifest = JSON.parse(await readFile(join(generated, 'package.json'), 'utf8'))
  manifest.version += `-${randomUUID()}`
  await writeFile(join(generated, 'package.json'), JSON.stringify(manifest))
  await linkModules(join(folder, 'node_modules'), { generated })
}

/** Links all installed and workspace packages, some of the latter from other places. */
async function linkModules(
  modules: string,
  elsewhere: Readonly<Record<string, string>>,
): Promise<void> {
  const installed = join(ROOT, 'node_modules')
  await mkdir(join(modules, '@lexwright'), { recursive: true })
  for (const name of await readdir(installed)) {
    if (name.startsWith('.') || name === '@lexwright') continue
    await symlink(join(installed, name), join(modules, name))
  }
  for (const name of await readdir(join(installed, '@lexwright'))) {
    const target = elsewhere[name] ?? join(installed, '@lexwright', name)
    await symlink(target, join(modules, '@lexwright', name))
  }
  const programs = join(modules, '.bin')
  await mkdir(programs)
  const own: Readonly<Record<string, string>> = {
    lexwright: `exec node ${join(ROOT, 'codegen/src/cli.ts')} "$@"`,
    'lexwright-server': `exec node ${join(ROOT, 'packages/server/bin/lexwright-server.js')} "$@"`,
    // Other tests keep the other cores busy.
    tsc: `exec ${join(installed, '.bin/tsc')} --singleThreaded --customConditions ${CONDITION} "$@"`,
  }
  for (const name of await readdir(join(installed, '.bin'))) {
    if (!(name in own)) await symlink(join(installed, '.bin', name), join(programs, name))
  }
  for (const [name, script] of Object.entries(own)) {
    await writeScript(join(programs, name), `#!/bin/sh\n${script}\n`)
  }
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o755)
}

function npmShim(npm: string, modules: string): string {
  const install = join(import.meta.dirname, 'install.ts')
  return `#!/bin/sh
case "$1" in
  install | ci) shift; exec node ${install} ${modules} "$@" ;;
  *) exec ${npm} "$@" ;;
esac
`
}

/** Packages that are not installed come from the registry; here, from the workspace. */
function npxShim(npx: string): string {
  return `#!/bin/sh
case "$1" in
  @lexwright/codegen) shift; exec lexwright "$@" ;;
  @lexwright/server) shift; exec lexwright-server "$@" ;;
  *) exec ${npx} "$@" ;;
esac
`
}

async function findProgram(name: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    const found = await readFile(path).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  throw new Error(`there is no ${name} on this machine`)
}

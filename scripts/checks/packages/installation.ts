import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foreignEnvironment } from '../../packages/environment.ts'
import { closure, type Packed } from '../../packages/pack.ts'
import { isOwn } from '../../packages/packages.ts'
import { run } from '../../packages/run.ts'

/** A package installed from its tarball into an empty folder. */
export interface Installation {
  readonly name: string
  readonly folder: string
  /** Direct dependencies, excluding the workspace's own. */
  readonly direct: number
  /** Installed packages of others. */
  readonly packages: number
  /** Bytes of all files in `node_modules`. */
  readonly bytes: number
}

/** @param folder the folder to create */
export async function install(
  packed: Packed,
  all: readonly Packed[],
  folder: string,
): Promise<Installation> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const tarballs = closure(all, [packed.manifest.name]).map(({ tarball }) => tarball)
  await run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', ...tarballs], {
    cwd: folder,
    env: foreignEnvironment(),
  })
  const modules = join(folder, 'node_modules')
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'))
  const { name, dependencies = {} } = packed.manifest
  return {
    name,
    folder,
    direct: Object.keys(dependencies).filter(isForeign).length,
    packages: Object.keys(packages).filter((path) => isForeign(nameIn(path))).length,
    bytes: await sizeOf(modules),
  }
}

function isForeign(name: string): boolean {
  return !isOwn(name)
}

/** `@a/b` of `node_modules/c/node_modules/@a/b`. */
function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

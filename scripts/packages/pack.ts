import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environment, run } from './run.ts'

/** The published packages, by the folder of their workspace. */
const WORKSPACES = ['codegen', 'generated', 'packages/xrpc', 'packages/account', 'packages/server']

/** A package as `npm pack` writes it. */
export interface Tarball {
  readonly name: string
  readonly path: string
  /** Other packages of ours that it needs at run time. */
  readonly needs: readonly string[]
}

/** Packs all packages as they would be published. */
export async function packAll(
  root: string,
  destination: string,
  env: Environment,
): Promise<ReadonlyMap<string, Tarball>> {
  await mkdir(destination, { recursive: true })
  const workspaces = WORKSPACES.flatMap((workspace) => ['--workspace', workspace])
  const args = ['pack', '--silent', '--pack-destination', destination, ...workspaces]
  await run('npm', args, { cwd: root, env })
  const manifests = await Promise.all(
    WORKSPACES.map(async (workspace) =>
      manifest(await readFile(join(root, workspace, 'package.json'), 'utf8')),
    ),
  )
  const files = await readdir(destination)
  return new Map(
    manifests.map(({ name, version, dependencies }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
      if (!files.includes(file)) throw new Error(`npm pack has not written ${file}`)
      const needs = ownNames(dependencies)
      return [name, { name, path: join(destination, file), needs }]
    }),
  )
}

/** The tarballs to install for a package that depends on `names`: those, and what they need themselves. */
export function closure(
  tarballs: ReadonlyMap<string, Tarball>,
  names: readonly string[],
): readonly Tarball[] {
  const found = new Set<Tarball>()
  const visit = (name: string): void => {
    const tarball = tarballs.get(name)
    if (!tarball) throw new Error(`There is no package ${name} here`)
    if (found.has(tarball)) return
    found.add(tarball)
    tarball.needs.forEach(visit)
  }
  names.forEach(visit)
  return [...found]
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export function manifest(text: string): Manifest {
  const { name = '', version = '', dependencies = {}, devDependencies = {} } = JSON.parse(text)
  return { name, version, dependencies, devDependencies }
}

/** Those of the dependencies that are packed here. */
export function ownNames(dependencies: Readonly<Record<string, string>>): string[] {
  return Object.keys(dependencies).filter((name) => name.startsWith('@lexwright/'))
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../packages/packages.ts'

/** An entry of `package-lock.json`. */
export interface Locked {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export type Lock = Readonly<Record<string, Locked>>

export function readLock(): Lock {
  return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
}

/** A registry package installed with one of this repository. */
export interface Dependency {
  readonly name: string
  readonly version: string
  readonly license: string
  /** Installed only on some platforms. */
  readonly optional: boolean
  readonly hasInstallScript: boolean
}

/**
 * Everything installed with a package of the workspace, excluding the workspace's own packages, by name. Each version
 * of a package is a separate dependency.
 */
export function dependenciesOf(folder: string, lock: Lock): readonly Dependency[] {
  const found = new Map<string, boolean>()
  const visit = (path: string, optional: boolean): void => {
    const entry = lock[path]
    if (entry === undefined) throw new Error(`package-lock.json has no ${path}`)
    if (found.get(path) === false || (found.has(path) && optional)) return
    found.set(path, optional)
    const follow = (names: Readonly<Record<string, string>>, mayBeMissing: boolean): void => {
      for (const name of Object.keys(names)) {
        const target = locate(name, path, lock)
        if (target !== undefined) visit(target, optional || mayBeMissing)
        else if (!mayBeMissing) throw new Error(`package-lock.json has no ${name} for ${path}`)
      }
    }
    const optionals = entry.optionalDependencies ?? {}
    follow(without(entry.dependencies ?? {}, optionals), false)
    follow(optionals, true)
    follow(requiredPeers(entry), false)
  }
  visit(folder, false)
  return [...found]
    .filter(([path]) => path.includes('node_modules/'))
    .map(([path, optional]) => describe(path, optional, lock))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

function describe(path: string, optional: boolean, lock: Lock): Dependency {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const { version = '', license = 'none', hasInstallScript = false } = lock[path] ?? {}
  return { name, version, license, optional, hasInstallScript }
}

/** Resolves a package as Node does: in the nearest `node_modules` above. */
function locate(name: string, from: string, lock: Lock): string | undefined {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]*$/, '')) {
    const path = `${folder}${folder && '/'}node_modules/${name}`
    const entry = lock[path]
    if (entry?.link) return entry.resolved
    if (entry !== undefined) return path
    if (folder === '') return undefined
  }
}

function requiredPeers({ peerDependencies = {}, peerDependenciesMeta = {} }: Locked) {
  const optional = Object.keys(peerDependencies).filter(
    (name) => peerDependenciesMeta[name]?.optional,
  )
  return without(peerDependencies, Object.fromEntries(optional.map((name) => [name, ''])))
}

function without(
  names: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).filter(([name]) => !(name in others)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The fields of a `package.json` that these checks read. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean | readonly string[]
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  /** Internal imports, which begin with `#`. */
  readonly imports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly publishConfig?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  /** Packages whose install scripts may run. */
  readonly allowScripts?: Readonly<Record<string, boolean>>
  readonly overrides?: Readonly<Record<string, string>>
}

/** A published package. */
export interface Package {
  /** Relative to the repository. */
  readonly folder: string
  readonly manifest: Manifest
}

/** In dependency order. */
export const packages: readonly Package[] = [
  'packages/xrpc',
  'generated',
  'packages/account',
  'packages/oauth',
  'packages/entryway',
  'packages/server',
  'codegen',
].map((folder) => ({ folder, manifest: readManifest(join(ROOT, folder)) }))

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** True if it is a workspace package. */
export function isOwn(name: string): boolean {
  return name.startsWith('@lexwright/')
}

/** The workspace packages that a package needs at run time. */
export function ownNames({ dependencies = {} }: Pick<Manifest, 'dependencies'>): string[] {
  return Object.keys(dependencies).filter(isOwn)
}

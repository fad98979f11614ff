import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type Manifest, ownNames, packages, ROOT, readManifest } from './packages.ts'
import { run } from './run.ts'

/** A package in its published form. */
export interface Packed {
  readonly manifest: Manifest
  /** Its folder in the workspace, relative to the repository. */
  readonly folder: string
  readonly tarball: string
  /** The folder of its contents. */
  readonly contents: string
  /** Paths of its contents, sorted. */
  readonly files: readonly string[]
}

export interface Packs {
  readonly packed: readonly Packed[]
  remove(): Promise<void>
}

/** Builds stale packages and packs all with `npm pack`. */
export async function packAll(): Promise<Packs> {
  await run(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-stale'], { cwd: ROOT })
  const directory = await mkdtemp(join(tmpdir(), 'lexwright-packs-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const packed: Packed[] = []
    for (const { folder } of packages) packed.push(await pack(folder, directory))
    return { packed, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The named packages with their dependencies in the workspace, which no registry has. */
export function closure(packed: readonly Packed[], names: readonly string[]): readonly Packed[] {
  const found = new Set<Packed>()
  const visit = (name: string): void => {
    const one = packed.find(({ manifest }) => manifest.name === name)
    if (one === undefined) throw new Error(`There is no package ${name} here`)
    if (found.has(one)) return
    found.add(one)
    ownNames(one.manifest).forEach(visit)
  }
  names.forEach(visit)
  return [...found]
}

async function pack(folder: string, directory: string): Promise<Packed> {
  // Everything is built already, so npm's prepack script is not needed.
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory]
  const name = (await run('npm', args, { cwd: join(ROOT, folder) })).trim()
  const tarball = join(directory, name)
  const target = join(directory, name.replace(/\.tgz$/, ''))
  await mkdir(target)
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(target, join(entry.parentPath, entry.name)))
    .sort()
  return { manifest: readManifest(target), folder, tarball, contents: target, files }
}

/** The text of a file in a package. */
export function readPacked({ contents }: Packed, file: string): Promise<string> {
  return readFile(join(contents, file), 'utf8')
}

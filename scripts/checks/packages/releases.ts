import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Manifest, packages, ROOT, readManifest } from '../../packages/packages.ts'
import { run } from '../../packages/run.ts'

/**
 * Tries a release in a scratch repository without remote or local changes: existing changesets must be valid, and a
 * change to one package must raise all versions, including the ranges between packages.
 */
export async function checkReleases(): Promise<readonly string[]> {
  const before = packages.map(({ manifest }) => manifest)
  const problems = checkTogether(before)
  const directory = await mkdtemp(join(tmpdir(), 'lexwright-release-'))
  try {
    await makeRepository(directory)
    const changesets = (...args: string[]) =>
      run(join(import.meta.dirname, 'node_modules/.bin/changeset'), args, { cwd: directory })
    await changesets('status')
    const [first] = packages
    await writeFile(
      join(directory, '.changeset/trial.md'),
      `---\n"${first?.manifest.name}": patch\n---\n\nA trial.\n`,
    )
    await changesets('version')
    const after = packages.map(({ folder }) => readManifest(join(directory, folder)))
    if (after[0]?.version === before[0]?.version) problems.push('a changeset raises no version')
    return [...problems, ...checkTogether(after)]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Checks that the packages of a release have the same version, and depend on each other in it. */
function checkTogether(manifests: readonly Manifest[]): string[] {
  const version = manifests[0]?.version
  return manifests.flatMap((manifest) => {
    const ranges = Object.entries(manifest.dependencies ?? {})
      .filter(([name]) => name.startsWith('@lexwright/'))
      .filter(([, range]) => range !== `^${version}`)
      .map(([name, range]) => `${manifest.name} needs ${name} ${range} beside version ${version}`)
    if (manifest.version === version) return ranges
    return [`${manifest.name} has version ${manifest.version}, others ${version}`, ...ranges]
  })
}

async function makeRepository(directory: string): Promise<void> {
  const paths = [
    'package.json',
    'package-lock.json',
    '.changeset',
    ...packages.map(({ folder }) => `${folder}/package.json`),
  ]
  for (const path of paths) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await cp(join(ROOT, path), join(directory, path), { recursive: true })
  }
  const git = (...args: string[]) => run('git', args, { cwd: directory })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  const person = ['-c', 'user.name=release', '-c', 'user.email=release@example.com']
  await git(...person, 'commit', '--quiet', '--message=Before the release')
}

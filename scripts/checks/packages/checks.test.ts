import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Packed } from '../../packages/pack.ts'
import { type Manifest, ROOT } from '../../packages/packages.ts'
import { checkContents } from './contents.ts'
import { type Lock, type Locked, readLock } from './dependencies.ts'
import { checkLicenses } from './licenses.ts'
import { checkLockfile } from './lockfile.ts'
import { checkManifest } from './manifests.ts'

/** Each check is shown a planted fault, since a check that finds nothing could be broken. */
describe('a tarball', () => {
  const manifest: Manifest = {
    name: '@lexwright/sample',
    version: '1.0.0',
    description: 'A sample.',
    keywords: ['sample'],
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.18' },
    exports: {
      '.': {
        '@lexwright/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
    },
    publishConfig: { access: 'public', provenance: true },
    dependencies: { jose: '^6.0.0' },
  }
  const good: Readonly<Record<string, string>> = {
    'README.md': '# @lexwright/sample\n',
    'dist/index.js': "import { SignJWT } from 'jose'\nexport const sign = () => new SignJWT()\n",
    'dist/index.js.map': '{ "sources": ["../src/index.ts"] }',
    'dist/index.d.ts': "import { readFile } from 'node:fs'\nexport declare const sign: unknown\n",
    'src/index.ts': '',
  }
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lexwright-sample-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function pack(
    files: Readonly<Record<string, string>>,
    changes: Partial<Manifest> = {},
  ): Promise<Packed> {
    const license = await readFile(join(ROOT, 'LICENSE'), 'utf8')
    const all = { LICENSE: license, ...good, ...files }
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const names = Object.keys(all).sort()
    return {
      manifest: { ...manifest, ...changes },
      folder: 'sample',
      tarball: '',
      contents: folder,
      files: names,
    }
  }

  it('is good as it is', async () => {
    const packed = await pack({})
    expect([...(await checkContents(packed)), ...(await checkManifest(packed))]).toEqual([])
  })

  it.each([
    [{ 'dist/old.js': '' }, 'dist/old.js has no source'],
    [{ 'src/more.ts': '' }, 'more.ts is not compiled'],
    [{ 'dist/index.test.js': '' }, 'dist/index.test.js is for development'],
    [{ 'tsconfig.json': '{}' }, 'tsconfig.json does not belong here'],
    [{ LICENSE: 'mine' }, 'LICENSE is not the one of the repository'],
    [{ 'dist/index.js.map': '{ "sources": ["../lib/index.ts"] }' }, 'points to lib/index.ts'],
  ])('does not contain %j', async (files, problem) => {
    const problems = await checkContents(await pack(files))
    expect(problems.join('\n')).toContain(problem)
  })

  it('has every file named in its manifest', async () => {
    const problems = await checkContents(await pack({}, { bin: { sample: './bin/sample.js' } }))
    expect(problems).toEqual(['package.json names bin/sample.js, which does not exist'])
  })

  it.each([
    ["import 'jose'\nconst load = () => import('pg')\n", {}, 'pg is imported and not declared'],
    ["export { jwtVerify } from 'jose/jwt/verify'\n", {}, undefined],
    ['', {}, 'jose is declared and not imported'],
    ["import 'jose'\n", { peerDependencies: { pg: '^8.0.0' } }, 'pg is declared and not imported'],
    [
      "import 'jose'\n",
      { peerDependencies: { pg: '^8.0.0' }, peerDependenciesMeta: { pg: { optional: true } } },
      undefined,
    ],
    ["import 'jose'\n", { sideEffects: undefined }, 'sideEffects is not given'],
    ["import 'jose'\n", { engines: { node: '>=18' } }, 'engines.node is not >=22.18'],
  ])('declares its imports: %j %j', async (code, changes, problem) => {
    const packed = await pack({ 'dist/index.js': code }, changes as Partial<Manifest>)
    expect(await checkManifest(packed)).toEqual(problem === undefined ? [] : [problem])
  })
})

describe('the lock file', () => {
  const lock = readLock()
  const path = 'node_modules/jose'
  const change = (changes: Locked): Lock => ({ ...lock, [path]: { ...lock[path], ...changes } })

  it.each([
    [{ resolved: 'https://registry.example.com/jose.tgz' }, 'has the URL it was installed from'],
    [{ integrity: 'sha1-abc' }, 'has no SHA-512 hash'],
    [{ hasInstallScript: true }, 'has an install script'],
  ])('has no dependency with %j', (changes, problem) => {
    expect(checkLockfile(lock)).toEqual([])
    expect(checkLockfile(change(changes)).join('\n')).toContain(problem)
  })

  it.each([
    ['GPL-3.0-only', true],
    ['MIT AND GPL-3.0-only', true],
    ['(MIT OR GPL-3.0-only)', false],
  ])('with the license %s is refused: %p', async (license, refused) => {
    const problems = (await checkLicenses(change({ license }))).join('\n')
    expect(problems.includes(`has the license ${license}`)).toBe(refused)
    expect(problems).toContain('docs/licenses.md is outdated')
  })
})

import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { schemas } from '@atproto/api'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { TypeStyle } from './emit/type-style.ts'
import { readSources } from './parse/read-sources.ts'
import type { Sources } from './parse/source.ts'
import { runPipeline } from './pipeline.ts'
import type { ImportExtension } from './print/imports.ts'

const root = join(import.meta.dirname, '..', '..')

/** Inside the repository, so that the compiler finds the packages that generated code imports. */
let scratch: string
/** A document and the documents it refers to, from a package. */
let lent: Sources
beforeAll(async () => {
  await mkdir(join(root, 'codegen', '.tmp'), { recursive: true })
  scratch = await mkdtemp(join(root, 'codegen', '.tmp', 'typecheck-'))
  lent = await readSources({ lexicons: [await borrowing(), 'npm:@atproto/api'] })
})
afterAll(() => rm(scratch, { recursive: true }))

const programs = [
  { extensions: ['.ts', '.js'], module: 'nodenext', moduleResolution: 'nodenext' },
  { extensions: [''], module: 'esnext', moduleResolution: 'bundler' },
] as const

const cases = ['feed', 'hostile-text', 'odd-names']

/** In one variant only: further ones would only repeat the cases. */
const published = schemas.map((document) => ({
  path: `${document.id}.json`,
  name: document.id.replaceAll('.', '/'),
  text: JSON.stringify(document),
}))

// One compiler for all modules with the same options: most of its time is spent on shared files.
it.each(programs)(
  'compiles under the strictest options with $moduleResolution resolution, and the compiler finds a mistake',
  async (program) => {
    const folder = await mkdtemp(join(scratch, 'case-'))
    await write(folder, [{ path: 'wrong.ts', text: 'export const one: 1 = 2\n' }])
    for (const extension of program.extensions) {
      await writeVariant(join(folder, `with${extension.replace('.', '-')}`), extension)
    }
    expect(await check(folder, program)).toMatch(
      /^\S*wrong\.ts\(1,14\): error TS2322: Type '2' is not assignable to type '1'\.\n$/,
    )
  },
)

/** All generated modules, with imports of one extension, and code that uses them. */
async function writeVariant(folder: string, extension: ImportExtension): Promise<void> {
  if (extension === '') {
    await write(join(folder, 'api'), generate({ documents: published, overlays: [] }, extension))
  }
  for (const name of cases) {
    const lexicons = join(root, 'codegen', 'testdata', 'accept', name, 'lexicons')
    const sources = await readSources({ lexicons: [lexicons] })
    await write(join(folder, name), generate(sources, extension))
    const types = { narrowUnions: true, formatTypes: true }
    await write(join(folder, `${name}-exact`), generate(sources, extension, types))
  }
  await write(join(folder, 'lent'), generate(lent, extension))
  await write(folder, [{ path: 'use.ts', text: useOf(extension) }])
}

/** A folder with one document, as in some repositories: it refers to five missing ones. */
async function borrowing(): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'lexicons-'))
  const uris = [
    ...[
      'com.atproto.label.defs#label',
      'com.atproto.repo.strongRef',
      'com.atproto.admin.defs#repoRef',
    ],
    ...['com.atproto.moderation.defs#reasonType', 'com.atproto.server.defs#inviteCode'],
  ]
  const properties = Object.fromEntries(
    uris.map((ref, index) => [`p${index}`, { type: 'ref', ref }]),
  )
  const refs = uris.slice(0, 3)
  const union = { type: 'union', refs }
  const main = {
    type: 'record',
    key: 'tid',
    record: { type: 'object', properties: { ...properties, union } },
  }
  const document = { lexicon: 1, id: 'com.example.sound.audio', defs: { main } }
  await writeFile(join(folder, 'audio.json'), JSON.stringify(document))
  return folder
}

/** Uses of generated code: an open union narrowed by comparison, and the records of a client. */
function useOf(extension: ImportExtension): string {
  return `import type { Image, MainEmbed, Record } from './feed-exact/types/com/example/feed/post${extension}'
import type { AtpBaseClient } from './feed-exact/client${extension}'
import { unknown$typed } from './feed-exact/util${extension}'
import type { Record as Audio } from './lent/types/com/example/sound/audio${extension}'

export async function textsOf(client: AtpBaseClient, repo: string): Promise<string[]> {
  const { records } = await client.com.example.feed.post.list({ repo })
  return records.map(({ value }) => value.text)
}

export function altOf({ embed }: Pick<Record, 'embed'>): string | undefined {
  return embed?.$type === 'com.example.feed.post#image' ? embed.alt : undefined
}

export function imageOf(embed: MainEmbed): Image | undefined {
  switch (embed.$type) {
    case 'com.example.feed.post#image':
      return embed
    case 'com.example.feed.defs#link':
      return undefined
    default:
      return (embed.$type satisfies string) && undefined
  }
}

export function firstOf({ p0, p1 }: Audio): string | undefined {
  return p0?.val ?? p1?.cid
}

export const other: MainEmbed = unknown$typed({ $type: 'com.example.other' })
// @ts-expect-error: a string that is not known could be one of those that are named
export const plain: MainEmbed = { $type: 'com.example.other' as string }
`
}

interface GeneratedFile {
  readonly path: string
  readonly text: string
}

function generate(
  sources: Sources,
  importExtension: ImportExtension,
  types: Partial<TypeStyle> = {},
): readonly GeneratedFile[] {
  const { files, diagnostics } = runPipeline(sources, { importExtension, types, calls: true })
  expect(diagnostics).toEqual([])
  expect(files.length).toBeGreaterThan(0)
  return files
}

async function write(folder: string, files: readonly GeneratedFile[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file.text)
  }
}

/** The compiler's errors for all files of a folder. */
async function check(
  folder: string,
  { module, moduleResolution }: (typeof programs)[number],
): Promise<string> {
  // The runtime is compiled from its source, which imports with .ts.
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { module, moduleResolution },
    include: ['.'],
    exclude: [],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  // Other tests keep the other cores busy.
  const args = [tsc, '-p', folder, '--singleThreaded']
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return stdout + stderr
}

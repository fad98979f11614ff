import { existsSync } from 'node:fs'
import { rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readSources } from '../parse/read-sources.ts'
import { runPipeline } from '../pipeline.ts'
import { resolveModel } from '../resolve-model.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'
import { whyNotImportable } from './importable.ts'
import { readLiterals } from './literals.ts'

const thing = {
  type: 'object',
  description: 'A thing of theirs.',
  properties: { description: { type: 'string', description: 'Its description.' } },
}
const user = lexicon('com.example.user', {
  type: 'object',
  properties: { thing: { type: 'ref', ref: 'org.other.thing' } },
})
const modules = 'node_modules/@other/lexicons'
const manifest = { name: '@other/lexicons', exports: { '.': './index.js' } }

const before = process.cwd()
let folder: string
async function inFolder(files: Readonly<Record<string, string | object>>): Promise<void> {
  folder = await scratchFolder({ 'lexicons/com/example/user.json': user, ...files })
  process.chdir(folder)
}
beforeEach(() => {
  folder = before
})
afterEach(async () => {
  process.chdir(before)
  if (folder !== before) await rm(folder, { recursive: true })
})

const idsOf = (sources: Awaited<ReturnType<typeof readSources>>): string[] =>
  sources.documents.map(({ path }) => path)
const read = (): ReturnType<typeof readSources> =>
  readSources({ lexicons: ['lexicons', 'npm:@other/lexicons'] })

describe('documents of an installed package', () => {
  const json = {
    [`${modules}/package.json`]: manifest,
    [`${modules}/tsconfig.json`]: '{ // no JSON\n}',
    [`${modules}/schemas/thing.json`]: lexicon('org.other.thing', thing),
    [`${modules}/schemas/more.json`]: lexicon('org.other.more', { type: 'query' }),
    [`${modules}/node_modules/x/a.json`]: lexicon('org.other.deeper', { type: 'query' }),
  }

  it('are its JSON files, wherever they are, and no other files', async () => {
    await inFolder(json)
    const sources = await read()
    expect(idsOf(sources)).toEqual([
      'lexicons/com/example/user.json',
      'npm:@other/lexicons/org.other.more.json',
      'npm:@other/lexicons/org.other.thing.json',
    ])
    expect(sources.unreadable).toEqual([])
  })

  it('contribute only types unless they are selected', async () => {
    await inFolder(json)
    const sources = await read()
    const { files, warnings, wanted } = runPipeline(sources, { importExtension: '.ts' })
    expect({ warnings, wanted }).toEqual({ warnings: [], wanted: 1 })
    const paths = files.map(({ path }) => path)
    expect(paths).toContain('types/org/other/thing.ts')
    expect(paths).not.toContain('types/org/other/more.ts')
    const all = runPipeline(sources, { importExtension: '.ts', include: ['*'] })
    expect(all.files.map(({ path }) => path)).toContain('types/org/other/more.ts')
    const alone = await readSources({ lexicons: ['npm:@other/lexicons'] })
    expect(resolveModel(alone, {}).wanted).toBe(2)
  })

  it('yield to a local document of the same id', async () => {
    const own = lexicon('org.other.thing', { type: 'object', description: 'Mine.' })
    await inFolder({ ...json, 'lexicons/org/other/thing.json': own })
    const { model, diagnostics } = resolveModel(await read(), {})
    expect(diagnostics).toEqual([])
    const found = model?.documents.find(({ nsid }) => nsid === 'org.other.thing')
    expect(found?.source).toEqual(own)
  })

  it('lose their descriptions on request, and overlays can add others', async () => {
    const overlay = { defs: { main: { description: 'A thing.' } } }
    await inFolder({
      ...json,
      'lexicons/com/example/mine.json': lexicon('com.example.mine', {
        type: 'query',
        description: 'Mine.',
      }),
      'lexicons/overlays/org.other.thing.json': overlay,
    })
    const sources = await read()
    const options = { importExtension: '.ts', include: ['*'], openapi: true } as const
    const text = (omitDescriptions: boolean): string =>
      runPipeline(sources, { ...options, omitDescriptions })
        .files.map((file) => file.text)
        .join('')
    expect(text(false)).toContain('Its description.')
    expect(text(true)).not.toContain('Its description.')
    expect(text(true)).not.toContain('of theirs')
    expect(text(true)).toContain('A thing.')
    expect(text(true)).toContain('Mine.')
    // A property named `description` is kept; only descriptions are removed.
    expect(text(true)).toContain('description?: string')
  })

  it('are read from object literals if there are no files, without running code', async () => {
    const ran = join('ran', 'it')
    await inFolder({
      [`${modules}/package.json`]: manifest,
      [`${modules}/index.js`]: [
        `require('node:fs').mkdirSync(${JSON.stringify(ran)}, { recursive: true })`,
        `export const schemas = { Thing: ${JSON.stringify(lexicon('org.other.thing', thing))} }`,
      ].join('\n'),
    })
    expect(idsOf(await read())).toEqual([
      'lexicons/com/example/user.json',
      'npm:@other/lexicons/org.other.thing.json',
    ])
    expect(existsSync(ran)).toBe(false)
  })

  it.each([
    ['npm:@other/nothing', 'it is not installed here'],
    ['npm:../lexicons', 'it is not a package name'],
    ['npm:@other/lexicons', 'it ships no lexicon documents that can be read'],
  ])('are missing in %s: %s', async (given, reason) => {
    await inFolder({ [`${modules}/package.json`]: manifest })
    const { unreadable } = await readSources({ lexicons: ['lexicons', given] })
    expect(unreadable).toMatchObject([
      { code: 'unreadable-file', message: `Cannot read ${given}: ${reason}.` },
    ])
  })

  it('are those of @atproto/api', async () => {
    await inFolder({})
    await symlink(join(before, 'node_modules'), join(folder, 'node_modules'))
    const { documents, unreadable } = await readSources({ lexicons: ['npm:@atproto/api'] })
    expect(unreadable).toEqual([])
    expect(documents.length).toBeGreaterThan(300)
    const { model, diagnostics } = resolveModel({ documents, overlays: [] }, {})
    expect(diagnostics).toEqual([])
    const refs = model?.documents.find(({ nsid }) => nsid === 'com.atproto.repo.strongRef')
    expect(refs?.definitions).toHaveLength(1)
  })
})

describe('readLiterals', () => {
  const document = `{ lexicon: 1, id: 'org.other.a', defs: { main: { type: 'token' } } }`
  it.each([
    [`export const a = ${document}`, 1],
    [`export const all = [${document}] as const satisfies readonly object[]`, 1],
    [`export default { deep: { er: (${document}) } }`, 1],
    [`exports.schemaDict = { A: ${document} }`, 1],
    [`module.exports = ${document}`, 1],
    [`const a = ${document}`, 0],
    [`export const a = { ...b, lexicon: 1, id: 'org.other.a', defs: {} }`, 0],
    [`export const a = { lexicon: 1, id: 'org.other.a', defs: { main: load() } }`, 0],
    [`export const a = { lexicon: 1, id: \`\${x}\`, defs: {} }`, 0],
    [`export const a = make(${document})`, 0],
  ])('finds in %s: %d', (text, count) => {
    expect(readLiterals('a.ts', text)).toHaveLength(count)
  })

  it('reads every kind of value, and a __proto__ key', () => {
    const text = `export const a = { 'lexicon': 1, ["id"]: "org.other.a", defs: {
      x: [1, -2, 1.5, true, false, null, \`plain\`, 'q\\'s'], ['__proto__']: { y: 1 }, "__proto__x": {}, 7: 'n' } }`
    const [found] = readLiterals('a.js', text)
    expect(JSON.stringify(found)).toBe(
      `{"lexicon":1,"id":"org.other.a","defs":{"7":"n","x":[1,-2,1.5,true,false,null,"plain","q's"],"__proto__":{"y":1},"__proto__x":{}}}`,
    )
  })
})

describe('modules of a package', () => {
  const files = [
    { path: 'a.ts', text: "import * as A from '@other/lexicons/types/org/other/thing'\n" },
  ]
  const mappings = [{ pattern: 'org.other.*', package: '@other/lexicons' }]

  it.each<[object, string | undefined]>([
    [{ './types/*': './types/*.js' }, undefined],
    [{ './types/org/other/thing': './a.js' }, undefined],
    [{ '.': './index.js' }, 'it does not export ./types/org/other/thing'],
    [{ './types/*': null }, 'it does not export ./types/org/other/thing'],
  ])('exported as %j: %s', async (exported, reason) => {
    await inFolder({ [`${modules}/package.json`]: { ...manifest, exports: exported } })
    const found = whyNotImportable(files, mappings)
    if (reason === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(`Nothing can be imported from @other/lexicons: ${reason}.`)
  })

  it('are required only if they are imported', async () => {
    await inFolder({})
    expect(whyNotImportable([], mappings)).toBeUndefined()
    expect(whyNotImportable(files, mappings)).toContain('it is not installed here')
  })
})

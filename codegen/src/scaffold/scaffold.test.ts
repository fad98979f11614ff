import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readSources } from '../parse/read-sources.ts'
import { resolveModel } from '../resolve-model.ts'
import { type ProjectSource, type ScaffoldPlan, scaffold } from './scaffold.ts'

const testdata = join(import.meta.dirname, '..', '..', 'testdata', 'scaffold')
const cases = await readdir(testdata)

async function read(folder: string): Promise<ProjectSource[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return await Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  )
}

async function run(name: string, sources: readonly ProjectSource[]): Promise<ScaffoldPlan> {
  const { model } = resolveModel(
    await readSources({ lexicons: [join(testdata, name, 'lexicons')] }),
    {},
  )
  if (!model) throw new Error('The lexicons have problems.')
  return scaffold(model, sources, { folder: 'src', out: 'generated', importExtension: '.ts' })
}

function carriedOut(sources: readonly ProjectSource[], plan: ScaffoldPlan): ProjectSource[] {
  const files = new Map(sources.map(({ path, text }) => [path, text]))
  for (const { path, text } of [...plan.create, ...plan.update]) files.set(path, text)
  return [...files]
    .map(([path, text]) => ({ path, text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

describe('scaffolding', () => {
  // To accept a change, run with UPDATE=1 and read the diff.
  it.each(cases)(
    '%s gives the expected sources, and does not change them a second time',
    async (name) => {
      const before = await read(join(testdata, name, 'before'))
      const plan = await run(name, before)
      const after = carriedOut(before, plan)
      if (process.env.UPDATE) await accept(name, after, plan.notes)
      expect(after).toEqual(await read(join(testdata, name, 'after')))
      expect(plan.notes.join('\n')).toBe(
        (await readFile(join(testdata, name, 'notes.txt'), 'utf8')).trimEnd(),
      )
      const again = await run(name, after)
      expect(again).toEqual({ create: [], update: [], notes: plan.notes })
    },
  )
})

const query = { type: 'query', output: { encoding: 'image/png' } }
const documents = ['com.example.greet', 'com.example.wave', 'com.example.feed.get'].map((id) => ({
  path: `${id}.json`,
  name: id.replaceAll('.', '/'),
  text: JSON.stringify({ lexicon: 1, id, defs: { main: query } }),
}))
const { model } = resolveModel({ documents, overlays: [] }, {})

/** Scaffolds sources for `com.example.greet`, `com.example.wave` and `com.example.feed.get`. */
function scaffolded(files: Readonly<Record<string, string>>): ScaffoldPlan {
  if (!model) throw new Error('The lexicons have problems.')
  const sources = Object.entries(files).map(([path, text]) => ({ path: `src/${path}`, text }))
  return scaffold(model, sources, { folder: 'src', out: 'generated', importExtension: '.ts' })
}

/** A file that passes handlers to `implement`, with all that it needs for `feed`. */
function server(rest: string): string {
  const feed = 'implement(server.com.example.feed, { get: async () => ({ status: 500 }) })'
  return `import { createServer, implement } from '../generated/index.ts'\n\nconst server = createServer()\n${feed}\n${rest}\n`
}

describe("a user's source", () => {
  it('keeps its byte order mark, line endings, and the comment after its imports', () => {
    const text = `\ufeff${server('implement(server.com.example, {\n\tgreet: async () => ({ status: 500 }),\n})')}`
    const before = text.replace("index.ts'", "index.ts' // generated").replaceAll('\n', '\r\n')
    const { update, create } = scaffolded({ 'server.ts': before })
    const imported = "index.ts' // generated\r\nimport { wave } from './handlers/wave.ts'"
    const expected = before
      .replace("index.ts' // generated", imported)
      .replace('\r\n})', '\r\n\twave,\r\n})')
    expect(update).toEqual([{ path: 'src/server.ts', text: expected }])
    expect(create[0]?.text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it.each([
    ['{\n}', '{\n  greet,\n  wave,\n}'],
    ['{\n\t\t// none\n\t}', '{\n\t\t// none\n\t\tgreet,\n\t\twave,\n\t}'],
    ['{\n\t}', '{\n\t\tgreet,\n\t\twave,\n\t}'],
  ])('gets a line per handler in the empty object %j', (before, after) => {
    const { update } = scaffolded({
      'server.ts': server(`implement(server.com.example, ${before})`),
    })
    expect(update[0]?.text).toContain(`implement(server.com.example, ${after})`)
  })

  it('is left alone, like all others, if one does not parse', () => {
    const broken = server('implement(server.com.example, { greet: async () => {')
    expect(scaffolded({ 'server.ts': broken, 'b.ts': server('') })).toEqual({
      create: [],
      update: [],
      notes: [expect.stringMatching(/^src\/server\.ts:6: this does not parse: /)],
    })
  })
})

describe('a handler', () => {
  const own = '{ status: 500 }'
  const type = "import type { Handler } from '../generated/types/com/example/greet.ts'\n"
  const none = server('implement(server.com.example, { wave: async () => ({ status: 500 }) })')

  it.each([
    ['exported in a list', `const greet: Handler = async () => (${own})\nexport { greet }\n`],
    ['checked by satisfies', `export const greet = (async () => (${own})) satisfies Handler\n`],
  ])('is found if it is %s', (_, text) => {
    const { create, update, notes } = scaffolded({ 'server.ts': none, 'one.ts': type + text })
    expect({ create, notes }).toEqual({ create: [], notes: [] })
    expect(update[0]?.text).toContain("import { greet } from './one.ts'")
  })

  it.each([
    ['made by a function', `export function make(): Handler { return async () => (${own}) }\n`],
    ['a default export', `const greet: Handler = async () => (${own})\nexport default greet\n`],
  ])('is left to the user if it is %s', (_, text) => {
    expect(scaffolded({ 'server.ts': none, 'one.ts': type + text })).toEqual({
      create: [],
      update: [],
      notes: [
        expect.stringMatching(/^com\.example\.greet: src\/one\.ts uses the type of its handler/),
      ],
    })
  })

  it('is written once for several objects that lack it', () => {
    const text = server('implement(server.com.example, {})')
    const { create, update } = scaffolded({ 'server.ts': text, 'server.test.ts': text })
    expect(create.map(({ path }) => path)).toEqual([
      'src/handlers/greet.ts',
      'src/handlers/wave.ts',
    ])
    for (const one of update)
      expect(one.text).toContain("import { greet } from './handlers/greet.ts'")
    expect(update).toHaveLength(2)
  })

  it('is not added to an object with computed names', () => {
    const { create, notes } = scaffolded({
      'server.ts': server('implement(server.com.example, { [k]: h })'),
    })
    expect({ create, notes }).toEqual({
      create: [],
      notes: [
        'src/server.ts:5: cannot tell which handlers of com.example are in `[k]: h`. Add the missing ones yourself.',
      ],
    })
  })

  it.each([
    ['a property of another object', 'implement(this.app!.com.example, {})'],
    ['taken apart', 'implement(com.example, {})'],
  ])('is added for a server that is %s', (_, call) => {
    const { update } = scaffolded({ 'server.ts': server(call) })
    expect(update[0]?.text).toContain(call.replace('{}', '{ greet, wave }'))
  })

  it('is added to the implement of a namespace import, in a module of any TypeScript ending', () => {
    const text = server('implement(server.com.example, {})')
      .replace('{ createServer, implement }', '* as api')
      .replaceAll('implement(', 'api.implement(')
    const { update } = scaffolded({ 'server.mts': text })
    expect(update[0]).toMatchObject({ path: 'src/server.mts' })
    expect(update[0]?.text).toContain('api.implement(server.com.example, { greet, wave })')
  })
})

async function accept(
  name: string,
  files: readonly ProjectSource[],
  notes: readonly string[],
): Promise<void> {
  for (const { path, text } of files) {
    const target = join(testdata, name, 'after', path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
  }
  await writeFile(join(testdata, name, 'notes.txt'), `${notes.join('\n')}\n`)
}

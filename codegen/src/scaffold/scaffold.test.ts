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

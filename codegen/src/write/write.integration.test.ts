import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { OWNERSHIP_MARK } from '../print/mark.ts'
import { scratchFolder } from '../testing/scratch-folder.ts'
import { applyPlan } from './apply.ts'
import { isUpToDate, planWrite } from './plan.ts'
import { readOutput } from './read-output.ts'

const ours = (path: string, text = ''): { path: string; text: string } => {
  const about = path
    .replace(/^types\//, '')
    .replace(/\.ts$/, '')
    .replaceAll('/', '.')
  return { path, text: `${OWNERSHIP_MARK} from ${about}. ${text}\n` }
}

let folder: string
beforeEach(async () => {
  folder = await scratchFolder()
})
afterEach(() => rm(folder, { recursive: true }))
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text)
}
const textAt = (path: string): Promise<string> => readFile(join(folder, path), 'utf8')

describe('planWrite', () => {
  it("creates, updates and removes the generator's files", () => {
    const plan = planWrite(
      [ours('new.ts'), ours('same.ts'), ours('changed.ts', 'new')],
      [
        ours('same.ts'),
        ours('changed.ts', 'old'),
        ours('types/gone.ts'),
        { path: 'mine.ts', text: '' },
      ],
    )
    expect(plan.create).toEqual([ours('new.ts')])
    expect(plan.update).toEqual([ours('changed.ts', 'new')])
    expect(plan.remove).toEqual(['types/gone.ts'])
    expect(plan.unchanged).toBe(1)
    expect(isUpToDate(plan)).toBe(false)
  })

  it('never overwrites a foreign file', () => {
    const plan = planWrite([ours('index.ts')], [{ path: 'index.ts', text: 'export {}\n' }])
    expect(plan).toMatchObject({ create: [], update: [], remove: [], foreign: ['index.ts'] })
    expect(isUpToDate(plan)).toBe(false)
  })

  it('is up to date if nothing differs', () => {
    expect(isUpToDate(planWrite([ours('a.ts')], [ours('a.ts')]))).toBe(true)
  })
})

describe('applyPlan', () => {
  it('creates folders, leaves no temporary file, and removes emptied folders', async () => {
    await applyPlan(folder, planWrite([ours('types/a/b.ts')], []))
    expect(await readOutput(folder)).toEqual([ours('types/a/b.ts')])
    await put('types/mine.ts', '')
    await applyPlan(folder, planWrite([], await readOutput(folder)))
    expect(await readdir(folder, { recursive: true })).toEqual(['types', join('types', 'mine.ts')])
  })

  it('does nothing for an empty plan', async () => {
    await applyPlan(join(folder, 'none'), planWrite([], []))
    expect(await readdir(folder)).toEqual([])
  })

  it('reports a mix after a failure, which the next run completes', async () => {
    // The first file is where a folder has to be.
    const plan = planWrite([ours('a.ts'), ours('a.ts/b.ts')], [])
    await expect(applyPlan(folder, plan)).rejects.toThrow(
      /: .* Some files are new and some are old; the next run completes them\.$/,
    )
    expect(await readdir(folder)).toEqual(['a.ts'])
    const output = [ours('a.ts'), ours('types/z.ts')]
    await applyPlan(folder, planWrite(output, await readOutput(folder)))
    expect(await readOutput(folder)).toEqual(output)
  })
})

describe('a file changed after planning', () => {
  it('is not replaced', async () => {
    const plan = planWrite([ours('a.ts'), ours('b.ts')], [])
    await put('b.ts', 'mine\n')
    await expect(applyPlan(folder, plan)).rejects.toThrow(
      /b\.ts is in the way: lexwright did not write it\. Nothing was written\.$/,
    )
    expect(await readdir(folder)).toEqual(['b.ts'])
    expect(await textAt('b.ts')).toBe('mine\n')
  })

  it('is neither replaced nor removed without its mark', async () => {
    await applyPlan(folder, planWrite([ours('a.ts', 'old'), ours('types/b.ts')], []))
    const existing = await readOutput(folder)
    await put('a.ts', 'mine\n')
    const update = planWrite([ours('a.ts', 'new'), ours('types/b.ts')], existing)
    await expect(applyPlan(folder, update)).rejects.toThrow(/a\.ts is in the way/)
    await put('types/b.ts', 'mine\n')
    await expect(applyPlan(folder, planWrite([ours('a.ts', 'old')], existing))).rejects.toThrow(
      /b\.ts is in the way/,
    )
    expect([await textAt('a.ts'), await textAt('types/b.ts')]).toEqual(['mine\n', 'mine\n'])
  })
})

describe('links', () => {
  const written = planWrite([ours('a.ts'), ours('types/com/b.ts')], [])
  const refused = async (where: string): Promise<void> => {
    const message = new RegExp(
      `${where} is a link, and nothing is written through links\\. Nothing`,
    )
    await expect(applyPlan(join(folder, 'out'), written)).rejects.toThrow(message)
    expect(await readdir(join(folder, 'elsewhere'), { recursive: true })).toEqual([])
  }
  beforeEach(() => mkdir(join(folder, 'elsewhere')))

  it('are refused for the output folder itself', async () => {
    await symlink(join(folder, 'elsewhere'), join(folder, 'out'))
    await refused('out')
    await expect(readOutput(join(folder, 'out'))).rejects.toThrow('is a link')
  })

  it.each(['out/types', 'out/types/com'])('are refused at %s', async (path) => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await symlink(join(folder, 'elsewhere'), join(folder, path))
    await refused(path)
  })

  it('are refused between the working folder and the output', async () => {
    const before = process.cwd()
    await symlink(join(folder, 'elsewhere'), join(folder, 'src'))
    try {
      process.chdir(folder)
      await expect(applyPlan('src/api', written)).rejects.toThrow(
        'Cannot write to src/api: src is a link',
      )
    } finally {
      process.chdir(before)
    }
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([])
  })

  it('block the path of a file, whatever their target', async () => {
    await put('elsewhere/mine', ours('b.ts').text)
    await mkdir(join(folder, 'a.ts'))
    await symlink(join(folder, 'elsewhere', 'mine'), join(folder, 'b.ts'))
    await symlink(join(folder, 'nowhere'), join(folder, 'c.ts'))
    const output = [ours('a.ts'), ours('b.ts', 'new'), ours('c.ts')]
    expect(planWrite(output, await readOutput(folder)).foreign).toEqual(['a.ts', 'b.ts', 'c.ts'])
    for (const file of output) {
      await expect(applyPlan(folder, planWrite([file], []))).rejects.toThrow(/is in the way/)
    }
    expect(await textAt('elsewhere/mine')).toBe(ours('b.ts').text)
  })
})

describe('a folder from a checkout', () => {
  it('is not treated as a journal, whatever its name', async () => {
    const undo = { created: [], replaced: ['types/hook.ts'] }
    await put('.lexwright-999999999/undo.json', JSON.stringify(undo))
    await put('.lexwright-999999999/old-0', 'an old file')
    await put('.lexwright-notes/mine', 'mine')
    await applyPlan(folder, planWrite([ours('a.ts')], await readOutput(folder)))
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      '.lexwright-999999999',
      join('.lexwright-999999999', 'old-0'),
      join('.lexwright-999999999', 'undo.json'),
      '.lexwright-notes',
      join('.lexwright-notes', 'mine'),
      'a.ts',
    ])
  })

  it.each([
    'internal',
    'types',
    'types/com/example',
    'dist',
    'node_modules/x',
    'types/node_modules',
  ])('is not entered in %s if it is another output', async (path) => {
    const other = [ours('index.ts'), ours('lexicons.ts'), ours('types/com/example/get.ts')]
    for (const file of other) {
      const about = file.path.startsWith('types/')
        ? file.text
        : `${OWNERSHIP_MARK} from all documents. \n`
      await put(`${path}/${file.path}`, about)
    }
    const plan = planWrite([ours('index.ts')], await readOutput(folder))
    expect(plan.remove).toEqual([])
    await applyPlan(folder, plan)
    for (const file of other) expect(await textAt(`${path}/${file.path}`)).not.toBe('')
  })
})

describe('readOutput', () => {
  it('finds modules of namespaces named like packages and builds', async () => {
    await put('types/com/dist/a.ts', ours('types/com/dist/a.ts').text)
    expect(await readOutput(folder)).toEqual([ours('types/com/dist/a.ts')])
  })
})

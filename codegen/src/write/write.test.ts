import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { OWNERSHIP_MARK } from '../print/mark.ts'
import { applyPlan, readOutput } from './disk.ts'
import { isUpToDate, planWrite } from './plan.ts'

const ours = (path: string, text = ''): { path: string; text: string } => ({
  path,
  text: `${OWNERSHIP_MARK} from com.example. ${text}\n`,
})

describe('planWrite', () => {
  it('creates, updates and removes what the generator owns', () => {
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

  it('never plans over a file it did not write', () => {
    const plan = planWrite([ours('index.ts')], [{ path: 'index.ts', text: 'export {}\n' }])
    expect(plan).toMatchObject({ create: [], update: [], remove: [], foreign: ['index.ts'] })
    expect(isUpToDate(plan)).toBe(false)
  })

  it('is up to date when nothing differs', () => {
    expect(isUpToDate(planWrite([ours('a.ts')], [ours('a.ts')]))).toBe(true)
  })
})

describe('applyPlan', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lexwright-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('writes new folders, leaves no temporary file, and removes folders it emptied', async () => {
    await applyPlan(folder, planWrite([ours('types/a/b.ts')], []))
    expect(await readOutput(folder)).toEqual([ours('types/a/b.ts')])
    await writeFile(join(folder, 'types', 'mine.ts'), '')
    await applyPlan(folder, planWrite([], await readOutput(folder)))
    expect(await readdir(folder, { recursive: true })).toEqual(['types', join('types', 'mine.ts')])
  })

  it('leaves the old output whole when it cannot finish', async () => {
    await applyPlan(folder, planWrite([ours('a.ts', 'old')], []))
    // A file where a folder has to go makes the second write fail.
    await writeFile(join(folder, 'types'), 'mine')
    const plan = planWrite([ours('a.ts', 'new'), ours('types/z.ts')], await readOutput(folder))
    const failed = applyPlan(folder, plan)
    await expect(failed).rejects.toThrow(/^Cannot write to .* What is there is as it was\.$/)
    expect(await readFile(join(folder, 'a.ts'), 'utf8')).toBe(ours('a.ts', 'old').text)
    expect((await readdir(folder)).sort()).toEqual(['a.ts', 'types'])
  })

  it('clears away what a killed process left, and nothing of one that runs', async () => {
    const running = `.lexwright-${process.ppid}`
    await mkdir(join(folder, running))
    // No process has so high a number.
    await mkdir(join(folder, '.lexwright-999999999', 'types'), { recursive: true })
    await writeFile(join(folder, '.lexwright-999999999', 'types', 'a.ts'), ours('a.ts').text)
    expect(await readOutput(folder)).toEqual([])
    await applyPlan(folder, planWrite([ours('a.ts')], await readOutput(folder)))
    expect((await readdir(folder)).sort()).toEqual([running, 'a.ts'])
  })
})

describe('readOutput', () => {
  let folder: string
  beforeEach(async () => {
    // The folder itself may lie in one that is left out inside of it.
    folder = join(await mkdtemp(join(tmpdir(), 'lexwright-')), 'dist', 'generated')
    await mkdir(folder, { recursive: true })
  })
  afterEach(() => rm(dirname(dirname(folder)), { recursive: true }))

  it('leaves out packages and builds beside generated code, but no namespace of that name', async () => {
    for (const path of ['dist', 'node_modules/x', 'types/com/dist']) {
      await mkdir(join(folder, path), { recursive: true })
      await writeFile(join(folder, path, 'a.ts'), ours('a.ts').text)
    }
    expect((await readOutput(folder)).map(({ path }) => path)).toEqual(['types/com/dist/a.ts'])
  })

  it('takes folders, and links to what is not its own, for files in the way', async () => {
    await mkdir(join(folder, 'a.ts'))
    await writeFile(join(folder, 'mine'), 'mine')
    await symlink(join(folder, 'mine'), join(folder, 'b.ts'))
    await symlink(join(folder, 'nowhere'), join(folder, 'c.ts'))
    const plan = planWrite([ours('a.ts'), ours('b.ts'), ours('c.ts')], await readOutput(folder))
    expect(plan.foreign).toEqual(['a.ts', 'b.ts', 'c.ts'])
  })
})

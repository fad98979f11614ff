import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
    await applyPlan(folder, planWrite([ours('a.ts', 'old'), ours('z.ts', 'old')], []))
    // A folder where a temporary file has to go makes the second write fail.
    await mkdir(join(folder, `z.ts.lexwright-${process.pid}`))
    const plan = planWrite([ours('a.ts', 'new'), ours('z.ts', 'new')], await readOutput(folder))
    await expect(applyPlan(folder, plan)).rejects.toThrow()
    expect(await readFile(join(folder, 'a.ts'), 'utf8')).toBe(ours('a.ts', 'old').text)
    expect((await readdir(folder)).filter((name) => name.startsWith('a.ts.'))).toEqual([])
  })
})

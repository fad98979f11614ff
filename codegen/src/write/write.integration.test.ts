import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { OWNERSHIP_MARK } from '../print/mark.ts'
import { applyPlan, recoverOutput } from './apply.ts'
import { isUpToDate, planWrite } from './plan.ts'
import { readOutput } from './read-output.ts'

const ours = (path: string, text = ''): { path: string; text: string } => ({
  path,
  text: `${OWNERSHIP_MARK} from com.example. ${text}\n`,
})

const byPath = <T extends { path: string }>(files: readonly T[]): T[] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1))

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

  it('brings back what it had replaced when it cannot finish', async () => {
    await applyPlan(folder, planWrite([ours('gone.ts')], []))
    const plan = planWrite([ours('new/a.ts'), ours('z.ts')], await readOutput(folder))
    // What has come since the plan was made is in the way of the second file, when the first is there.
    await mkdir(join(folder, 'z.ts', 'mine'), { recursive: true })
    await expect(applyPlan(folder, plan)).rejects.toThrow(/: .* What is there is as it was\.$/)
    expect((await readdir(folder)).sort()).toEqual(['gone.ts', 'z.ts'])
  })

  it('does nothing for nothing', async () => {
    await applyPlan(join(folder, 'none'), planWrite([], []))
    expect(await readdir(folder)).toEqual([])
  })
})

/** Applies a plan in a process of its own that gets a signal at one of its file system calls. */
describe('a process that is ended', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lexwright-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const old = [ours('a.ts', 'old'), ours('kept.ts'), ours('gone/b.ts', 'old'), ours('gone/c.ts')]
  const next = [ours('a.ts', 'new'), ours('kept.ts'), ours('new/d.ts'), ours('new/e.ts')]
  const sorted = async () => byPath(await readOutput(folder))

  /** True if the process lived to make as many calls. */
  async function endAt(call: number, signal: NodeJS.Signals): Promise<boolean> {
    await rm(folder, { recursive: true })
    await applyPlan(folder, planWrite(old, []))
    const child = spawn(
      process.execPath,
      ['--conditions=@lexwright/source', '--input-type=module', '--eval', program(call, signal)],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    const [code, by] = await once(child, 'exit')
    if (by === null) expect(code).toBe(0)
    else expect(by).toBe(signal)
    return by !== null
  }

  const moduleAt = (path: string): string => new URL(path, import.meta.url).href

  const program = (call: number, signal: NodeJS.Signals): string => `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { applyPlan } = await import(${JSON.stringify(moduleAt('./apply.ts'))})
    const { planWrite } = await import(${JSON.stringify(moduleAt('./plan.ts'))})
    const plan = planWrite(${JSON.stringify(next)}, ${JSON.stringify(old)})
    let calls = 0
    for (const name of ['mkdirSync', 'writeFileSync', 'linkSync', 'renameSync', 'rmSync', 'rmdirSync']) {
      const real = fs[name]
      fs[name] = (...args) => {
        if (++calls === ${call}) process.kill(process.pid, ${JSON.stringify(signal)})
        return real(...args)
      }
    }
    syncBuiltinESMExports()
    await applyPlan(${JSON.stringify(folder)}, plan)`

  it('by kill -9 leaves the old output or the new one, when the next run has begun', async () => {
    const seen: string[] = []
    for (let call = 1; await endAt(call, 'SIGKILL'); call++) {
      await recoverOutput(folder)
      const now = JSON.stringify(await sorted())
      const which = [old, next].findIndex((files) => JSON.stringify(byPath(files)) === now)
      seen.push(['old', 'new'][which] ?? `a mix: ${now}`)
      expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
    }
    expect(new Set(seen)).toEqual(new Set(['old', 'new']))
    expect(seen.indexOf('new')).toBeGreaterThan(seen.lastIndexOf('old'))
    expect(await sorted()).toEqual(byPath(next))
  })

  it('by Ctrl-C or a supervisor ends when all is done', async () => {
    for (const [call, signal] of [
      [2, 'SIGINT'],
      [9, 'SIGTERM'],
    ] as const) {
      expect(await endAt(call, signal)).toBe(true)
      expect(await sorted()).toEqual(byPath(next))
      expect((await readdir(folder)).sort()).toEqual(['a.ts', 'kept.ts', 'new'])
    }
  })
})

describe('recoverOutput', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lexwright-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('clears away what a killed process left, and nothing of one that runs', async () => {
    const running = `.lexwright-${process.ppid}`
    await mkdir(join(folder, running))
    // No process has so high a number.
    await mkdir(join(folder, '.lexwright-999999999', 'types'), { recursive: true })
    await writeFile(join(folder, '.lexwright-999999999', 'types', 'a.ts'), ours('a.ts').text)
    // Under --watch, what an earlier run of this very process could neither finish nor undo.
    await mkdir(join(folder, `.lexwright-${process.pid}`))
    expect(await readOutput(folder)).toEqual([])
    await recoverOutput(folder)
    expect(await readdir(folder)).toEqual([running])
    await recoverOutput(join(folder, 'none'))
  })

  /** As a process leaves the folder that was killed while it replaced files. */
  async function interrupted(undo: string): Promise<void> {
    const staging = join(folder, '.lexwright-999999999')
    await mkdir(staging)
    await writeFile(join(staging, 'old-0'), ours('a.ts', 'old').text)
    await writeFile(join(staging, 'undo.json'), undo)
  }

  it('leaves alone what somebody else has put there since', async () => {
    await writeFile(join(folder, 'a.ts'), 'mine')
    await writeFile(join(folder, 'b.ts'), 'mine')
    await interrupted('{"created":["b.ts"],"replaced":["a.ts"]}')
    await recoverOutput(folder)
    expect((await readdir(folder)).sort()).toEqual(['a.ts', 'b.ts'])
    expect(await readFile(join(folder, 'a.ts'), 'utf8')).toBe('mine')
  })

  it.each([
    '',
    '{}',
    '{"created":["../out.ts"],"replaced":[]}',
    '{"created":[],"replaced":["/a"]}',
  ])('takes %j for no list, and touches nothing outside of the folder', async (undo) => {
    const outside = join(dirname(folder), 'out.ts')
    await writeFile(outside, ours('out.ts').text)
    await interrupted(undo)
    await recoverOutput(folder)
    expect(await readdir(folder)).toEqual([])
    expect(await readFile(outside, 'utf8')).toBe(ours('out.ts').text)
    await rm(outside)
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

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { keepFile } from './kept-files.ts'

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'lexwright-kept-')), 'cache')
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

it('makes a file once for concurrent calls, and keeps it for later ones', async () => {
  let times = 0
  const make = (path: string) => writeFile(path, `made ${++times}`)
  const file = { folder, name: 'file', make }
  const paths = await Promise.all([keepFile(file), keepFile(file)])
  expect(await keepFile(file)).toBe(join(folder, 'file'))
  expect(paths).toEqual([join(folder, 'file'), join(folder, 'file')])
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('made 1')
})

it('keeps a directory of another process that was faster, and leaves no draft', async () => {
  const make = async (draft: string) => {
    for (const [path, text] of [
      [join(folder, 'directory'), 'theirs'],
      [draft, 'ours'],
    ] as const) {
      await mkdir(path)
      await writeFile(join(path, 'file'), text)
    }
  }
  const path = await keepFile({ folder, name: 'directory', make })
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('theirs')
  expect(await readdir(folder)).toEqual(['directory'])
})

it('tries again after a failure', async () => {
  const fail = () => Promise.reject(new Error('the disk is full'))
  await expect(keepFile({ folder, name: 'file', make: fail })).rejects.toThrow('the disk is full')
  const path = await keepFile({ folder, name: 'file', make: (draft) => writeFile(draft, 'good') })
  expect(await readFile(path, 'utf8')).toBe('good')
})

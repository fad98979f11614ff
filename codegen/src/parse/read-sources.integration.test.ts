import { execFileSync } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { scratchFolder } from '../testing/scratch-folder.ts'
import { readSources } from './read-sources.ts'
import { readText } from './read-text.ts'

let folder: string
beforeEach(async () => {
  folder = await scratchFolder({ 'lexicons/com/good.json': '{}', 'secret.txt': 'root:x:0:0' })
})
afterEach(() => rm(folder, { recursive: true }))

const read = (...below: readonly string[]): ReturnType<typeof readSources> =>
  readSources({ lexicons: [join(folder, 'lexicons', ...below)] })
const problemsOf = async (): Promise<string[]> => {
  const { documents, unreadable = [] } = await read()
  expect(documents.map(({ name }) => name)).toEqual(['com/good'])
  return unreadable.map(({ code, message }) => `${code}: ${message.replace(`${folder}/`, '')}`)
}

describe('readSources', () => {
  it('reads a single document without overlays', async () => {
    const { documents, overlays, unreadable } = await read('com', 'good.json')
    expect(documents.map(({ name }) => name)).toEqual(['good'])
    expect({ overlays, unreadable }).toEqual({ overlays: [], unreadable: [] })
  })

  it('does not read through links', async () => {
    await symlink(join(folder, 'secret.txt'), join(folder, 'lexicons', 'com', 'secret.json'))
    await symlink(folder, join(folder, 'lexicons', 'com', 'all'))
    await symlink(join(folder, 'secret.txt'), join(folder, 'lexicons', 'notes.txt'))
    const reason = 'it is a link; pass its target with --lexicons'
    expect(await problemsOf()).toEqual([
      `unreadable-file: Cannot read lexicons/com/all: ${reason}.`,
      `unreadable-file: Cannot read lexicons/com/secret.json: ${reason}.`,
    ])
  })

  it('does not block on a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'lexicons', 'com', 'pipe.json')])
    expect(await problemsOf()).toEqual([
      'unreadable-file: Cannot read lexicons/com/pipe.json: it is not a regular file.',
    ])
  })

  // Read to its end, /dev/zero would fill the memory.
  it('does not read a device, neither behind a link nor named on its own', async () => {
    await symlink('/dev/zero', join(folder, 'lexicons', 'com', 'zero.json'))
    await mkdir(join(folder, 'lexicons', 'overlays'))
    await symlink('/dev/zero', join(folder, 'lexicons', 'overlays', 'com.good.json'))
    const reason = 'it is a link; pass its target with --lexicons'
    expect(await problemsOf()).toEqual([
      `unreadable-file: Cannot read lexicons/overlays/com.good.json: ${reason}.`,
      `unreadable-file: Cannot read lexicons/com/zero.json: ${reason}.`,
    ])
    const { unreadable = [] } = await readSources({ lexicons: ['/dev/zero'] })
    expect(unreadable.at(-1)?.message).toBe('Cannot read /dev/zero: it is not a folder.')
    expect(() => readText('/dev/zero')).toThrow('it is not a regular file')
  })

  // Only root may make one.
  const asRoot = process.getuid?.() === 0 ? it : it.skip
  asRoot('does not read the node of a device', async () => {
    execFileSync('mknod', [join(folder, 'lexicons', 'com', 'zero.json'), 'c', '1', '5'])
    expect(await problemsOf()).toEqual([
      'unreadable-file: Cannot read lexicons/com/zero.json: it is not a regular file.',
    ])
  })

  it('refuses a file that is too large, and text in another encoding', async () => {
    await writeFile(join(folder, 'lexicons', 'large.json'), ' '.repeat(4 * 1024 * 1024 + 1))
    await writeFile(join(folder, 'lexicons', 'latin.json'), Buffer.from('"\u00fc"', 'latin1'))
    expect(await problemsOf()).toEqual([
      'unreadable-file: Cannot read lexicons/large.json: it is larger than 4 MiB.',
      'unreadable-file: Cannot read lexicons/latin.json: it is not UTF-8 text.',
    ])
  })

  it('skips packages and folders of tools', async () => {
    for (const name of ['node_modules', '.cache']) {
      await mkdir(join(folder, 'lexicons', name))
      await writeFile(join(folder, 'lexicons', name, 'a.json'), '{}')
    }
    expect(await problemsOf()).toEqual([])
  })
})

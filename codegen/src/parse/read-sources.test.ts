import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readSources } from './read-sources.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexwright-'))
  await mkdir(join(folder, 'lexicons', 'com'), { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

describe('readSources', () => {
  it('reads linked folders, and is not caught by one that is linked into itself', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await writeFile(join(folder, 'elsewhere', 'a.json'), '{}')
    await symlink(join(folder, 'elsewhere'), join(folder, 'lexicons', 'com', 'example'))
    await symlink(join(folder, 'lexicons'), join(folder, 'lexicons', 'com', 'again'))
    const { sources, diagnostics } = await readSources({ lexicons: [join(folder, 'lexicons')] })
    expect(sources.documents.map(({ name }) => name)).toEqual(['com/example/a'])
    expect(diagnostics).toEqual([])
  })

  it('refuses text of another encoding', async () => {
    const text = '{"description":"\u00fc"}'
    await writeFile(join(folder, 'lexicons', 'latin.json'), Buffer.from(text, 'latin1'))
    await writeFile(join(folder, 'lexicons', 'good.json'), text)
    const { sources, diagnostics } = await readSources({ lexicons: [join(folder, 'lexicons')] })
    expect(sources.documents.map(({ name }) => name)).toEqual(['good'])
    expect(diagnostics).toMatchObject([{ code: 'unreadable-file' }])
    expect(diagnostics[0]?.message).toMatch(/latin\.json: it is not UTF-8 text\.$/)
  })
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { GenerateResult } from '../generate.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'
import { settingsOf } from './changes.ts'
import { watch } from './watch.ts'

const query = (description: string): object =>
  lexicon('com.example.get', { type: 'query', description })

let folder: string
let stop: AbortController
let ended: Promise<void>
let results: GenerateResult[]
let wake: () => void
beforeEach(async () => {
  folder = await scratchFolder({
    'lexicons/com/example/get.json': query('One.'),
    'lexicons/com/example/other.json': lexicon('com.example.other', { type: 'token' }),
  })
  stop = new AbortController()
  results = []
  wake = () => {}
  ended = watch({
    lexicons: [join(folder, 'lexicons')],
    out: join(folder, 'generated'),
    importExtension: '.ts',
    settings: settingsOf([join(folder, 'settings.json')]),
    onResult: (result) => {
      results.push(result)
      wake()
    },
    signal: stop.signal,
  })
  await resultNumber(1)
})
afterEach(async () => {
  stop.abort()
  await ended
  await rm(folder, { recursive: true })
})

async function resultNumber(count: number): Promise<GenerateResult> {
  while (results.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  return results[count - 1] as GenerateResult
}

const save = (name: string, document: object): Promise<void> =>
  writeFile(join(folder, 'lexicons', 'com', 'example', `${name}.json`), JSON.stringify(document))
const generated = (path: string): Promise<string> =>
  readFile(join(folder, 'generated', path), 'utf8')

/** Waits for as many runs as necessary; one may end while the file is being read. */
async function untilGenerated(text: string): Promise<void> {
  let seen = results.length
  while (!(await generated('index.ts')).includes(text)) {
    await resultNumber(seen + 1)
    seen = results.length
  }
}

describe('watch', () => {
  it('rewrites only the effects of a changed document', async () => {
    await save('get', query('Two.'))
    const result = await resultNumber(2)
    if (result.status !== 'done') throw new Error(result.status)
    const written = result.plan.update.map(({ path }) => path).sort()
    const own = 'types/com/example/get.ts'
    expect(written).toEqual(['client.ts', 'index.ts', 'lexicons.ts', own])
    expect(await generated('index.ts')).toContain('Two.')
  })

  it('reports a broken document, keeps the output, and continues once it is corrected', async () => {
    await writeFile(join(folder, 'lexicons', 'com', 'example', 'get.json'), '{')
    expect(await resultNumber(2)).toMatchObject({ status: 'invalid' })
    expect(await generated('index.ts')).toContain('One.')
    await save('get', query('Three.'))
    expect((await resultNumber(3)).status).toBe('done')
    expect(await generated('index.ts')).toContain('Three.')
  })

  it('notices each of several saves by rename', async () => {
    const file = join(folder, 'lexicons', 'com', 'example', 'get.json')
    for (const [index, text] of ['First.', 'Second.', 'Third.'].entries()) {
      await writeFile(`${file}.saved`, JSON.stringify(query(text)))
      await rename(`${file}.saved`, file)
      expect((await resultNumber(index + 2)).status).toBe('done')
      expect(await generated('index.ts')).toContain(text)
    }
  })

  it('notices added and removed documents', async () => {
    await save('new', lexicon('com.example.new', { type: 'query' }))
    await resultNumber(2)
    expect(await generated('types/com/example/new.ts')).toContain('com.example.new')
    await rm(join(folder, 'lexicons', 'com', 'example', 'new.json'))
    await resultNumber(3)
    await expect(generated('types/com/example/new.ts')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('rewrites everything after the folder was deleted', async () => {
    await rm(join(folder, 'generated'), { recursive: true })
    await save('get', query('Four.'))
    expect((await resultNumber(2)).status).toBe('done')
    expect(await generated('types/com/example/get.ts')).toContain('com.example.get')
    expect(await generated('index.ts')).toContain('Four.')
  })

  it('continues after the folder was temporarily unwritable', async () => {
    await rm(join(folder, 'generated'), { recursive: true })
    await writeFile(join(folder, 'generated'), 'a file')
    await save('get', query('Five.'))
    expect((await resultNumber(2)).status).toBe('unwritable')
    await rm(join(folder, 'generated'))
    await save('get', query('Six.'))
    expect((await resultNumber(3)).status).toBe('done')
    expect(await generated('index.ts')).toContain('Six.')
  })

  it('does not overwrite a foreign file', async () => {
    await mkdir(join(folder, 'generated', 'types', 'com', 'example'), { recursive: true })
    await writeFile(join(folder, 'generated', 'types', 'com', 'example', 'mine.ts'), 'mine\n')
    await save('mine', lexicon('com.example.mine', { type: 'query' }))
    expect((await resultNumber(2)).status).toBe('foreign-files')
    expect(await generated('types/com/example/mine.ts')).toBe('mine\n')
  })

  it('does not overwrite a file that lost its mark', async () => {
    await writeFile(join(folder, 'generated', 'index.ts'), 'mine\n')
    await save('get', query('Seven.'))
    expect((await resultNumber(2)).status).toBe('foreign-files')
    expect(await generated('index.ts')).toBe('mine\n')
  })

  it('continues when the lexicon folder is moved away and back', async () => {
    await rename(join(folder, 'lexicons'), join(folder, 'away'))
    expect((await resultNumber(2)).status).toBe('invalid')
    await rename(join(folder, 'away'), join(folder, 'lexicons'))
    expect((await resultNumber(3)).status).toBe('done')
    await save('get', query('Eight.'))
    expect((await resultNumber(4)).status).toBe('done')
    expect(await generated('index.ts')).toContain('Eight.')
  })

  it.each(['lexicons', 'lexicons/com'])(
    'continues when %s is replaced at once, as when switching branches',
    async (path) => {
      rmSync(join(folder, path), { recursive: true })
      mkdirSync(join(folder, 'lexicons', 'com', 'example'), { recursive: true })
      const file = join(folder, 'lexicons', 'com', 'example', 'get.json')
      writeFileSync(file, JSON.stringify(query('Nine.')))
      // One run or several: the system may report the removal first.
      await untilGenerated('Nine.')
      // The new folder is watched only after the next poll.
      await save('get', query('Ten.'))
      await untilGenerated('Ten.')
    },
  )

  it('ends when a settings file appears, changes or disappears', async () => {
    await writeFile(join(folder, 'settings.json'), '{}')
    await ended
    expect(results).toHaveLength(1)
  })
})

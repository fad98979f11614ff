import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { SourceFile, Sources } from '../parse/source.ts'
import { scratchFolder } from '../testing/scratch-folder.ts'
import { hashInput, hashOutput, keepFingerprint, readFingerprint } from './fingerprint.ts'

const file = (path: string, text: string): SourceFile => ({ path, name: path, text })
const sources = (...documents: readonly SourceFile[]): Sources => ({ documents, overlays: [] })

describe('the hash of the input', () => {
  const base = sources(file('a', '1'), file('b', '2'))
  it.each<[string, Sources, object]>([
    ['a text', sources(file('a', '1'), file('b', '3')), {}],
    ['a name', sources(file('a', '1'), file('c', '2')), {}],
    ['a file less', sources(file('a', '1')), {}],
    ['a text that moved into its neighbour', sources(file('a', '12'), file('b', '')), {}],
    [
      'an overlay in place of a document',
      { documents: [file('a', '1')], overlays: [file('b', '2')] },
      {},
    ],
    ['an option', base, { include: ['x'] }],
  ])('differs by %s', async (_, other, options) => {
    const hash = await hashInput(base, {})
    expect(await hashInput(base, {})).toBe(hash)
    expect(await hashInput(other, options)).not.toBe(hash)
  })
})

it('hashes an output whatever its order', () => {
  const [a, b] = [file('a', '1'), file('b', '2')]
  expect(hashOutput([a, b])).toBe(hashOutput([b, a]))
  expect(hashOutput([a])).not.toBe(hashOutput([a, b]))
})

describe('the kept fingerprint', () => {
  let folder: string
  beforeEach(async () => {
    folder = await scratchFolder()
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('belongs to one output folder', async () => {
    await mkdir(join(folder, 'node_modules'))
    const one = { input: 'i', output: 'o' }
    await keepFingerprint(join(folder, 'a'), one)
    expect(await readFingerprint(join(folder, 'a'))).toEqual(one)
    expect(await readFingerprint(join(folder, 'b'))).toBeUndefined()
  })

  it('counts for nothing when it is broken', async () => {
    await mkdir(join(folder, 'node_modules', '.cache'), { recursive: true })
    await writeFile(join(folder, 'node_modules', '.cache', 'lexwright'), 'in the way')
    await keepFingerprint(join(folder, 'a'), { input: 'i', output: 'o' })
    expect(await readFingerprint(join(folder, 'a'))).toBeUndefined()
  })
})

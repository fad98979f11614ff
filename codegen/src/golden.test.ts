import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { generate } from './generate.ts'
import { DIAGNOSTICS } from './report/diagnostic.ts'
import { renderDiagnostic } from './report/render.ts'
import { readOutput } from './write/read-output.ts'

const testdata = join(import.meta.dirname, '..', 'testdata')
const accepted = await readdir(join(testdata, 'accept'))
const rejected = await readdir(join(testdata, 'reject'))

let scratch: string | undefined
afterEach(async () => {
  if (scratch) await rm(scratch, { recursive: true })
  scratch = undefined
})

async function generateCase(
  lexicons: string,
  out: string,
  strictPaths = false,
): ReturnType<typeof generate> {
  const options = { lexicons: [lexicons], out, strictPaths }
  return await generate({ ...options, importExtension: '.ts', calls: true, check: false })
}

describe('accepted lexicons', () => {
  // To accept a change, run `npm run lexwright -- generate` into the folder `expected`, and read the
  // diff.
  it.each(accepted)('%s generates the expected tree', async (name) => {
    const folder = join(testdata, 'accept', name)
    scratch = await mkdtemp(join(tmpdir(), 'lexwright-'))
    const result = await generateCase(join(folder, 'lexicons'), scratch)
    expect(result.status).toBe('done')
    const written = new Map((await readOutput(scratch)).map((file) => [file.path, file.text]))
    const expected = new Map(
      (await readOutput(join(folder, 'expected'))).map((file) => [file.path, file.text]),
    )
    expect([...written.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [path, text] of expected)
      expect({ path, text: written.get(path) }).toEqual({ path, text })
  })
})

describe('rejected lexicons', () => {
  it('has exactly one case per code', () => {
    expect(rejected.toSorted()).toEqual(Object.keys(DIAGNOSTICS).toSorted())
  })

  it.each(rejected)('%s is reported and nothing is written', async (code) => {
    const folder = join(testdata, 'reject', code)
    scratch = await mkdtemp(join(tmpdir(), 'lexwright-'))
    const isStrict = code === 'path-mismatch'
    const result = await generateCase(join(folder, 'lexicons'), join(scratch, 'out'), isStrict)
    if (result.status !== 'invalid') throw new Error(`expected problems, got ${result.status}`)
    const report = result.diagnostics
      .map((one) => renderDiagnostic(one, result.texts.get(one.at.file) ?? '', { color: false }))
      .join('\n\n')
      .replaceAll(`${folder}/`, '')
    expect(new Set(result.diagnostics.map((one) => one.code))).toEqual(new Set([code]))
    expect(`${report}\n`).toBe(await readFile(join(folder, 'stderr.txt'), 'utf8'))
    expect(await readdir(scratch)).toEqual([])
  })
})

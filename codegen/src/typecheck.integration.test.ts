import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { schemas } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readSources } from './parse/disk.ts'
import type { Sources } from './parse/source.ts'
import { runPipeline } from './pipeline.ts'
import type { ImportExtension } from './print/imports.ts'

const root = join(import.meta.dirname, '..', '..')

/** Inside the repository, so that the compiler finds the packages that generated code imports. */
let scratch: string
beforeAll(async () => {
  await mkdir(join(root, 'codegen', '.tmp'), { recursive: true })
  scratch = await mkdtemp(join(root, 'codegen', '.tmp', 'typecheck-'))
})
afterAll(() => rm(scratch, { recursive: true }))

const variants = [
  { extension: '.ts', module: 'nodenext', moduleResolution: 'nodenext' },
  { extension: '.js', module: 'nodenext', moduleResolution: 'nodenext' },
  { extension: '', module: 'esnext', moduleResolution: 'bundler' },
] as const

describe.each(variants)('with "$extension" imports and $moduleResolution resolution', (variant) => {
  it('compiles every document of @atproto/api under the strictest options', async () => {
    const documents = schemas.map((document) => ({
      path: `${document.id}.json`,
      name: document.id.replaceAll('.', '/'),
      text: JSON.stringify(document),
    }))
    expect(await compile({ documents, overlays: [] }, variant)).toBe('')
  })

  it.each(['feed', 'hostile-text', 'odd-names'])('compiles the case %s', async (name) => {
    const lexicons = join(root, 'codegen', 'testdata', 'accept', name, 'lexicons')
    const { sources } = await readSources({ lexicons: [lexicons] })
    expect(await compile(sources, variant)).toBe('')
  })
})

it('finds a mistake when there is one', async () => {
  const variant = variants[0]
  const out = await write([{ path: 'wrong.ts', text: 'export const one: 1 = 2\n' }], variant)
  expect(check(out)).toContain("Type '2' is not assignable to type '1'")
})

interface Variant {
  readonly extension: ImportExtension
  readonly module: string
  readonly moduleResolution: string
}

async function compile(sources: Sources, variant: Variant): Promise<string> {
  const { files, diagnostics } = runPipeline(sources, { importExtension: variant.extension })
  expect(diagnostics).toEqual([])
  return check(await write(files, variant))
}

async function write(
  files: readonly { readonly path: string; readonly text: string }[],
  { module, moduleResolution }: Variant,
): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'case-'))
  for (const file of files) {
    const path = join(folder, 'out', file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file.text)
  }
  // The runtime is compiled along from its source, which imports with .ts, so that stays allowed.
  const compilerOptions = { module, moduleResolution }
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: ['out'],
    exclude: [],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  return folder
}

function check(folder: string): string {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  return stdout + stderr
}

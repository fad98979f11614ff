import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { runHere } from './testing/run-cli.ts'
import { lexicon, scratchFolder } from './testing/scratch-folder.ts'

const output = { encoding: 'image/png' }
const query = { type: 'query', description: 'Reads it.', output }
const get = { 'lexicons/com/example/get.json': lexicon('com.example.get', query) }

let folder: string
async function inFolder(
  files: Readonly<Record<string, string | object>>,
  options?: { readonly linked?: boolean },
): Promise<(...args: readonly string[]) => ReturnType<typeof runHere>> {
  folder = await scratchFolder(files, options)
  return (...args) => runHere(folder, ...args)
}
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('lint', () => {
  it('prints findings with their locations, and exits with 1', async () => {
    const run = await inFolder({
      ...get,
      'lexicons/com/example/thing.json': lexicon('com.example.thing', {
        type: 'object',
        required: ['nmae'],
      }),
    })
    const { code, stderr } = await run('lint')
    expect(code).toBe(1)
    expect(stderr).toContain('warning[undeclared-name]: There is no property "nmae".')
    expect(stderr).toContain('lexicons/com/example/thing.json:8:9')
    expect(await run('lint', '--ignore', 'undeclared-name')).toMatchObject({ code: 0 })
    expect(await run('lint', '--exclude', 'com.example.thing')).toMatchObject({ code: 0 })
    expect(await run('lint', '--ignore', 'undeclard-name')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean undeclared-name?'),
    })
    const json = JSON.parse((await run('lint', '--json')).stdout)
    expect(json.findings).toMatchObject([{ code: 'undeclared-name', line: 8, column: 9 }])
  })
})

describe('ir', () => {
  it('takes documents after --lexicons, and a single file without complaint', async () => {
    const run = await inFolder(get)
    const file = 'lexicons/com/example/get.json'
    for (const lexicons of ['lexicons', file]) {
      const { code, stdout, stderr } = await run('ir', '-l', lexicons, 'com.example.get')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout)).toMatchObject({ nsid: 'com.example.get' })
    }
  })

  it('prints the model of a document, and suggests an id if there is none', async () => {
    const run = await inFolder(get)
    const model = JSON.parse((await run('ir', 'com.example.get')).stdout)
    expect(model).toMatchObject({ nsid: 'com.example.get', method: { kind: 'query' } })
    expect(JSON.parse((await run('ir')).stdout).documents).toEqual([model])
    expect(await run('ir', 'com.example.gte')).toMatchObject({
      code: 2,
      stderr: 'error: There is no document com.example.gte. Did you mean com.example.get?\n',
    })
  })
})

describe('a pattern that matches no document', () => {
  it('is refused by every command that selects documents, and no page is removed', async () => {
    const run = await inFolder(get)
    await run('docs')
    for (const command of [['docs'], ['ir'], ['lint'], ['generate'], ['scaffold', 'lexicons']]) {
      expect(await run(...command, '--include', 'com.exmaple.*')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('No document matches com.exmaple.*.'),
      })
    }
    expect(await readdir(join(folder, 'docs', 'lexicons'))).toContain('com.example.md')
  })
})

describe('an empty path', () => {
  it.each([['generate', '--out'], ['generate', '--lexicons'], ['docs', '--out'], ['init']])(
    'is refused by %s %s',
    async (...args) => {
      const run = await inFolder(get)
      expect(await run(...args.filter((one) => one !== undefined), '')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Write . for the working folder.'),
      })
      expect((await readdir(folder)).sort()).toEqual(['lexicons'])
    },
  )
})

describe('docs', () => {
  it('writes pages, checks them, and removes only its own', async () => {
    const run = await inFolder(get)
    expect(await run('docs')).toMatchObject({ code: 0 })
    const pages = join(folder, 'docs', 'lexicons')
    expect((await readdir(pages)).sort()).toEqual(['README.md', 'com.example.md'])
    expect(await readFile(join(pages, 'com.example.md'), 'utf8')).toContain(
      'Query: `GET /xrpc/com.example.get`',
    )
    await writeFile(join(pages, 'notes.md'), 'mine\n')
    const moved = lexicon('org.example.get', query)
    await rm(join(folder, 'lexicons'), { recursive: true })
    await mkdir(join(folder, 'lexicons', 'org', 'example'), { recursive: true })
    await writeFile(join(folder, 'lexicons', 'org', 'example', 'get.json'), JSON.stringify(moved))
    expect(await run('docs', '--check')).toMatchObject({ code: 1 })
    await run('docs')
    expect((await readdir(pages)).sort()).toEqual(['README.md', 'notes.md', 'org.example.md'])
  })

  it('writes one OpenAPI description, checks it, and replaces only its own', async () => {
    const run = await inFolder(get)
    const openapi = (...more: string[]) => run('docs', '--openapi', '-o', 'api/it.json', ...more)
    expect(await openapi('--title', 'It', '--server', 'https://a.example')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^api\/it\.json: 1 description written, 0 unchanged/),
    })
    expect(JSON.parse(await readFile(join(folder, 'api', 'it.json'), 'utf8'))).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'It', version: '0.0.0' },
      servers: [{ url: 'https://a.example' }],
      paths: { '/xrpc/com.example.get': { get: { operationId: 'com.example.get' } } },
    })
    expect(await openapi('--check')).toMatchObject({
      code: 1,
      stderr: 'api/it.json is not up to date; run `lexwright docs --openapi` again.\n',
    })
    await openapi()
    expect(await openapi('--check')).toMatchObject({ code: 0 })
    await writeFile(join(folder, 'api', 'it.json'), '{}')
    expect(await openapi()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did not write'),
    })
    expect(await readFile(join(folder, 'api', 'it.json'), 'utf8')).toBe('{}')
    expect(await run('docs', '--title', 'It')).toMatchObject({
      code: 2,
      stderr: 'error: --title, --api-version and --server need --openapi.\n',
    })
  })
})

// The test of docs/tutorial.md checks that a new project generates, checks, compiles and passes its test.
describe('init', () => {
  it('overwrites nothing', async () => {
    const run = await inFolder({ 'package.json': '{"name":"mine"}' })
    const { code, stderr } = await run('init')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'These files already exist:\n  package.json\nNothing was written. Name a folder for the project: lexwright init my-service.\n',
    })
    expect(await readdir(folder)).toEqual(['package.json'])
  })

  it('quotes the folder in the commands that it prints', async () => {
    const run = await inFolder({})
    const { stdout } = await run('init', "it's mine")
    expect(stdout).toContain("cd 'it'\\''s mine' && npm install")
  })

  it('installs unpublished packages from a folder of tarballs', async () => {
    const packed = {
      'packed/lexwright-codegen-0.1.0.tgz': '',
      'packed/lexwright-xrpc-0.1.0.tgz': '',
    }
    const run = await inFolder(packed)
    expect(await run('init', 'apps/mine', '--from', 'packed')).toMatchObject({ code: 0 })
    const manifest = await readFile(join(folder, 'apps/mine/package.json'), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({
      dependencies: { '@lexwright/xrpc': 'file:../../packed/lexwright-xrpc-0.1.0.tgz' },
      devDependencies: { '@lexwright/codegen': 'file:../../packed/lexwright-codegen-0.1.0.tgz' },
    })
  })

  it('names missing tarballs and how to make them', async () => {
    const run = await inFolder({ 'packed/lexwright-codegen-0.1.0.tgz': '' })
    const { code, stderr } = await run('init', 'mine', '--from', 'packed')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'These packages are missing:\n  packed/lexwright-xrpc-0.1.0.tgz\nNothing was written. Make them with npm run pack, in a clone of Lexwright.\n',
    })
    expect(await readdir(folder)).toEqual(['packed'])
  })
})

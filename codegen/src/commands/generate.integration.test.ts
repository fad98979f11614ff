import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from '@jest/globals'
import { runHere } from '../testing/run-cli.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'

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

describe('generate', () => {
  it('writes, skips unchanged files, and notices manual edits', async () => {
    const run = await inFolder(get)
    expect((await run('generate')).stdout).toMatch(
      /^1 document -> generated: 6 written, 0 unchanged, 0 removed \(\d+ ms\)\n$/,
    )
    expect((await run('generate')).stdout).toMatch(/: 0 written, 6 unchanged/)

    const index = join(folder, 'generated', 'index.ts')
    const text = await readFile(index, 'utf8')
    await writeFile(index, `${text}export {}\n`)
    const checked = await run('generate', '--check')
    expect(checked).toMatchObject({ code: 1, stdout: '' })
    expect(checked.stderr).toContain('outdated  index.ts')
    expect((await run('generate')).stdout).toMatch(/: 1 written, 5 unchanged/)
    expect(await readFile(index, 'utf8')).toBe(text)
    expect((await run('generate', '--import-ext', 'ts', '--json')).stdout).toMatch(/"updated":\["i/)
  })

  it('writes and checks an OpenAPI description, and removes only its own', async () => {
    const run = await inFolder({ ...get, 'lexwright.config.json': { openapi: true } })
    const description = join(folder, 'generated', 'openapi.json')
    expect((await run('generate')).stdout).toMatch(/: 7 written, 0 unchanged, 0 removed/)
    const text = await readFile(description, 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      openapi: '3.1.1',
      paths: { '/xrpc/com.example.get': { get: { operationId: 'com.example.get' } } },
    })
    await writeFile(description, text.replace('Reads it.', 'Writes it.'))
    expect(await run('generate', '--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('outdated  openapi.json'),
    })
    expect((await run('generate')).stdout).toMatch(/: 1 written, 6 unchanged/)
    expect(await readFile(description, 'utf8')).toBe(text)

    await rm(join(folder, 'lexwright.config.json'))
    expect((await run('generate')).stdout).toMatch(/: 0 written, 6 unchanged, 1 removed/)
    expect(await readdir(join(folder, 'generated'))).not.toContain('openapi.json')
    await writeFile(description, '{"openapi":"3.1.1"}')
    await mkdir(join(folder, 'generated', 'types', 'api'))
    await writeFile(join(folder, 'generated', 'types', 'api', 'openapi.json'), text)
    expect((await run('generate')).stdout).toMatch(/: 0 written, 6 unchanged, 0 removed/)
    expect(await run('generate', '--openapi')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('  openapi.json\n'),
    })
    expect(await readFile(description, 'utf8')).toBe('{"openapi":"3.1.1"}')
  })

  it('reads lexicons as found in repositories, and warns about oddities', async () => {
    const run = await inFolder({
      'schemas/get.json': lexicon('com.example.get', query),
      'vendor/com/example/get.json': lexicon('com.example.get', query),
      'schemas/package.json': { name: 'mine' },
      'schemas/com/example/broken.json': '{',
    })
    const folders = ['-l', 'schemas', 'vendor']
    expect(await run('generate', ...folders)).toMatchObject({ code: 1 })
    const { code, stdout, stderr } = await run('generate', ...folders, '--skip-invalid')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 document ->'),
    })
    expect(stderr).toBe(
      [
        "warning[left-out]: Left out: This is not JSON: Expected property name or '}'.",
        '  --> schemas/com/example/broken.json:1:2',
        '  = help: Correct it, or run without --skip-invalid to see all of its problems.',
        'warning[foreign-json]: schemas/package.json is not a lexicon document and is skipped.',
        '  --> schemas/package.json:1:1',
        '  = help: Move it elsewhere if it is not a lexicon.',
        '',
      ].join('\n'),
    )
    await writeFile(join(folder, 'schemas', 'com', 'example', 'broken.json'), '{"a":1}')
    await writeFile(
      join(folder, 'schemas', 'else.json'),
      JSON.stringify(lexicon('com.example.other', query)),
    )
    expect(await run('generate', ...folders)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'warning[path-mismatch]: com.example.other does not match the path else.json.',
      ),
    })
    expect(await run('generate', ...folders, '--strict-paths')).toMatchObject({ code: 1 })
  })

  it('reads documents of a package without warnings, and refuses it as a package of modules', async () => {
    const subject = { type: 'ref', ref: 'com.atproto.repo.strongRef' }
    const like = { type: 'object', description: 'Likes it.', properties: { subject } }
    const run = await inFolder(
      { 'lexicons/com/example/like.json': lexicon('com.example.like', like) },
      { linked: true },
    )
    const lexicons = ['-l', 'lexicons', 'npm:@atproto/api']
    expect((await run('generate', ...lexicons)).stdout).toMatch(
      /^1 document -> generated: 7 written/,
    )
    expect(await run('lint', ...lexicons)).toMatchObject({ code: 0, stderr: '' })
    expect(await run('generate', '--import', 'com.atproto.*=@atproto/api')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Nothing can be imported from @atproto/api: it does not export ./lexicons.',
      ),
    })
  })

  it('counts only the selected documents', async () => {
    const run = await inFolder({
      ...get,
      'lexicons/org/example/get.json': lexicon('org.example.get', query),
    })
    expect((await run('generate', '--exclude', 'org.example.*')).stdout).toMatch(/^1 document ->/)
  })

  it('reports every problem, and writes nothing', async () => {
    const run = await inFolder({
      ...get,
      'lexicons/com/example/bad.json': '{',
      'lexicons/com/example/worse.json': lexicon('com.example.worse', { type: 'qeury' }),
    })
    const { code, stdout, stderr } = await run('generate')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('error[invalid-json]')
    expect(stderr).toContain('error[unknown-type]')
    expect(stderr).toMatch(/2 problems; nothing was written\.\n$/)
    expect(await readdir(folder)).toEqual(['lexicons'])
    const json = JSON.parse((await run('generate', '--json')).stdout)
    expect(json.diagnostics).toMatchObject([
      { code: 'invalid-json', file: 'lexicons/com/example/bad.json', line: 1 },
      { code: 'unknown-type', file: 'lexicons/com/example/worse.json', line: 6, column: 15 },
    ])
  })

  it('exits with 2 for wrong usage, and says how to correct it', async () => {
    const run = await inFolder({ ...get, 'lexwright.config.json': { lexicon: ['x'], out: 7 } })
    const config = await run('generate')
    expect(config.code).toBe(2)
    expect(config.stderr).toContain('There is no setting "lexicon". Did you mean "lexicons"?')
    expect(config.stderr).toContain('--> lexwright.config.json:5:10')
    await rm(join(folder, 'lexwright.config.json'))
    expect(await run('generate', '--chekc')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean --check?'),
    })
    expect(await run('generate', '--include', 'com.exmaple.*')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No document matches com.exmaple.*'),
    })
    expect((await run('generate', '--help')).stdout).toContain('Exit codes:')
  })

  it('reads settings from package.json, which flags override', async () => {
    const run = await inFolder({
      ...get,
      'package.json': { lexwright: { out: 'src/api', importExt: 'ts', client: false } },
    })
    expect((await run('generate')).stdout).toContain('-> src/api')
    expect((await readdir(join(folder, 'src', 'api'))).sort()).toEqual([
      'index.ts',
      'lexicons.ts',
      'types',
      'util.ts',
      'validators.ts',
    ])
    await run('generate', '-o', 'client', '--client')
    expect(await readdir(join(folder, 'client'))).not.toContain('index.ts')
    const module = join(folder, 'client', 'types', 'com', 'example', 'get.ts')
    expect(await readFile(module, 'utf8')).not.toContain('xrpc-server')
  })
})

describe('generate --watch', () => {
  it('restarts when the configuration changes, and waits while it is invalid', async () => {
    await inFolder({ ...get, 'lexwright.config.json': { out: 'one' } })
    const { FORCE_COLOR: _, NODE_OPTIONS: __, ...env } = process.env
    const cli = join(import.meta.dirname, '..', 'cli.ts')
    const child = spawn(
      process.execPath,
      ['--conditions=@lexwright/source', cli, 'generate', '--watch'],
      { cwd: folder, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const [out, err] = [child.stdout, child.stderr].map((stream) =>
      createInterface({ input: stream })[Symbol.asyncIterator](),
    )
    const config = (text: string): Promise<void> =>
      writeFile(join(folder, 'lexwright.config.json'), text)
    expect((await out?.next())?.value).toContain('-> one: 6 written')
    await config('{"out":7}')
    let line = ''
    while (!line.includes('nothing was done'))
      line = (await err?.next())?.value ?? 'nothing was done?'
    expect(line).toBe('1 problem; nothing was done.')
    await config('{"out":"two"}')
    expect((await out?.next())?.value).toContain('-> two: 6 written')
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

describe('an unwritable folder', () => {
  it("is not reported as a bug: prints the system's error, with exit code 1", async () => {
    const run = await inFolder({ ...get, generated: 'a file' })
    const { code, stderr } = await run('generate')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "error: Cannot read generated: not a directory, scandir 'generated'.\n",
    })
    const json = JSON.parse((await run('generate', '--json')).stdout)
    expect(json).toMatchObject({ status: 'unwritable' })
    expect(await run('init', 'generated')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: EEXIST/),
    })
  })
})

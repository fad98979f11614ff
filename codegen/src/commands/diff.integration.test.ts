import { execFileSync } from 'node:child_process'
import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { runHere } from '../testing/run-cli.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'

const plain = { type: 'query', description: 'Reads it.' }
const query = { ...plain, output: { encoding: 'image/png' } }
const get = { 'lexicons/com/example/get.json': lexicon('com.example.get', query) }

let folder: string
async function inFolder(
  files: Readonly<Record<string, string | object>>,
): Promise<(...args: readonly string[]) => ReturnType<typeof runHere>> {
  folder = await scratchFolder(files)
  return (...args) => runHere(folder, ...args)
}
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('diff', () => {
  it('exits with 1 only for a breaking change, and gives its location', async () => {
    const parameters = (required: readonly string[]): object => ({
      ...plain,
      parameters: { type: 'params', required, properties: { q: { type: 'string' } } },
    })
    const run = await inFolder({
      'old/com/example/get.json': lexicon('com.example.get', parameters([])),
      'new/com/example/get.json': lexicon('com.example.get', parameters(['q'])),
    })
    const { code, stdout } = await run('diff', 'old', 'new')
    expect(code).toBe(1)
    expect(stdout).toContain('BREAKING com.example.get main.parameters.properties.q: q is required')
    expect(stdout).toContain('[became-required in input: breaks client]')
    expect(stdout).toContain('new/com/example/get.json:14:16')
    const file = 'com/example/get.json'
    const back = await run('diff', `new/${file}`, `old/${file}`, '--json')
    expect(JSON.parse(back.stdout).changes).toMatchObject([{ rule: 'became-optional' }])
    expect(await run('diff', 'old', 'old')).toMatchObject({ code: 0 })
    expect(await run('diff', 'old', 'none')).toMatchObject({
      code: 2,
      stderr: 'error: There is no folder, document or git revision none.\n',
    })
  })
})

describe('diff with git', () => {
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' })
  }

  it('compares a revision with the working tree, and gives advice', async () => {
    const run = await inFolder({
      'lexwright.config.json': { lexicons: ['schemas'] },
      'package.json': { name: 'mine' },
      'tsconfig.json': '{ // no JSON\n}',
      'schemas/com/example/get.json': lexicon('com.example.get', query),
      'schemas/com/example/list.json': lexicon('com.example.list', query),
      'schemas/overlays/com.example.list.json': { defs: { main: { description: 'Lists.' } } },
    })
    git('init')
    await symlink('/etc/hostname', join(folder, 'schemas', 'com', 'link.json'))
    git('add', '.')
    git('commit', '-m', 'One')
    await rm(join(folder, 'schemas', 'com', 'link.json'))
    git('commit', '-am', 'Two')
    await rm(join(folder, 'schemas', 'com', 'example', 'get.json'))
    const { code, stdout, stderr } = await run('diff', 'HEAD', '.')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout.split('\n').slice(0, -2)).toEqual([
      expect.stringMatching(/^BREAKING com\.example\.get main: .*\[method-removed/),
      '         HEAD:schemas/com/example/get.json:5:13',
      '         Instead: Keep the method, and say in its description that it is deprecated.',
      'Or leave com.example.get as it is, and publish com.example.getV2 with the change.',
    ])
    expect(await run('diff', 'HEAD', 'HEAD')).toMatchObject({ code: 0 })
    expect(await run('diff', 'HEAD~1', '.')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot read HEAD~1:schemas/com/link.json: it is a link.'),
    })
    const json = JSON.parse((await run('diff', 'HEAD', '.', '--json')).stdout)
    expect(json.plans).toMatchObject([{ nsid: 'com.example.get', successor: 'com.example.getV2' }])
  })

  it('reads unusual names, but no oversized files and no repository inside the checkout', async () => {
    const run = await inFolder({
      'package.json': { name: 'mine' },
      'lexicons/odd\tname\n.json': lexicon('com.example.get', query),
      'lexicons/large.json': `"${'x'.repeat(4 * 1024 * 1024)}"`,
    })
    git('init')
    git('add', '.')
    git('commit', '-m', 'One')
    expect(await run('diff', 'HEAD', 'HEAD')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('HEAD:lexicons/large.json: it is larger than 4 MiB.'),
    })
    git('rm', 'lexicons/large.json')
    git('commit', '-m', 'Two')
    expect(await run('diff', 'HEAD', 'HEAD')).toMatchObject({ code: 0, stderr: '' })
    await writeFile(
      join(folder, 'lexicons/odd\tname\n.json'),
      JSON.stringify(lexicon('com.example.get', plain)),
    )
    expect((await run('diff', 'HEAD', '.')).stdout).toContain('BREAKING com.example.get')

    git('clone', '--bare', '.', 'inner')
    await rm(join(folder, '.git'), { recursive: true })
    const inner = join(folder, 'inner')
    await writeFile(join(inner, 'package.json'), '{}')
    expect(await runHere(inner, 'diff', 'HEAD~0', '.')).toMatchObject({
      code: 2,
      stderr: 'error: There is no folder, document or git revision HEAD~0.\n',
    })
  })

  it.each(['--upload-pack=x', '-h', 'HEAD^{tree}', 'none'])(
    'does not take %s for a revision',
    async (given) => {
      const run = await inFolder(get)
      git('init')
      const { code, stderr } = await run('diff', '--', given, '.')
      expect(code).toBe(2)
      expect(stderr).toContain(`There is no folder, document or git revision ${given}.`)
    },
  )
})

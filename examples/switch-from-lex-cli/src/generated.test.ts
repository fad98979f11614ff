import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = join(import.meta.dirname, '..', '..')
const scratch = await mkdtemp(join(tmpdir(), 'generated-'))
after(() => rm(scratch, { recursive: true }))

async function filesOf(cwd: string): Promise<Record<string, string>> {
  const paths = (await Array.fromAsync(glob('**/*.ts', { cwd }))).sort()
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path, await readFile(join(cwd, path), 'utf8')] as const),
    ),
  )
}

test('the old code is the output of `lex gen-server`', async () => {
  const lexicons = (await Array.fromAsync(glob('lexicons/**/*.json', { cwd: folder }))).sort()
  const out = join(scratch, 'lex-cli')
  await run('npx', ['lex', 'gen-server', '--yes', out, ...lexicons], { cwd: folder })
  const written = await filesOf(out)
  assert.equal(Object.keys(written).length, 7)
  assert.deepEqual(written, await filesOf(join(folder, 'generated', 'lex-cli')))
})

test('the new code is the output of `lexwright generate`', async () => {
  const out = join(scratch, 'lexwright')
  await run('npx', ['lexwright', 'generate', '--out', out], { cwd: folder })
  const written = await filesOf(out)
  assert.equal(Object.keys(written).length, 9)
  assert.deepEqual(written, await filesOf(join(folder, 'generated', 'lexwright')))
})

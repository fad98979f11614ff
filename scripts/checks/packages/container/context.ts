import { readdir, readFile, rm } from 'node:fs/promises'
import { join, matchesGlob, relative } from 'node:path'
import { ROOT } from '../../../packages/packages.ts'
import { run } from '../../../packages/run.ts'

/** Puts into a folder what a builder is sent of the last commit: everything that `.dockerignore` lets through. */
export async function exportContext(folder: string): Promise<void> {
  const archive = join(folder, 'context.tar')
  await run('git', ['archive', '--format=tar', `--output=${archive}`, 'HEAD'], { cwd: ROOT })
  await run('tar', ['-xf', archive, '-C', folder])
  const rules = await readRules(join(folder, '.dockerignore'))
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = relative(folder, join(entry.parentPath, entry.name))
    if (isIgnored(path, rules)) await rm(join(folder, path))
  }
}

interface Rule {
  readonly pattern: string
  readonly ignores: boolean
}

async function readRules(file: string): Promise<readonly Rule[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ pattern: line.replace(/^!/, ''), ignores: !line.startsWith('!') }))
}

/** The last rule that matches a file or a folder above it decides. */
function isIgnored(path: string, rules: readonly Rule[]): boolean {
  const segments = path.split('/')
  const paths = segments.map((_, index) => segments.slice(0, index + 1).join('/'))
  const rule = rules.findLast(({ pattern }) => paths.some((above) => matchesGlob(above, pattern)))
  return rule?.ignores ?? false
}

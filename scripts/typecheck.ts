import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Type-checks the repository, and the folders of `install.ts` that are installed. */
const ROOT = join(import.meta.dirname, '..')
const OPTIONAL = ['scripts/bench', 'scripts/checks/packages', 'packages/testing/src/third-party']

const projects = [
  'tsconfig.json',
  ...OPTIONAL.filter((folder) => existsSync(join(ROOT, folder, 'node_modules'))),
]
for (const project of projects) {
  const { status, error } = spawnSync('tsc', ['-p', join(ROOT, project)], { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exitCode = 1
}

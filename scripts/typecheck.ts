import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Type-checks the repository, and the folders of `install.ts` that are installed. */
const ROOT = join(import.meta.dirname, '..')
const OPTIONAL = ['scripts/bench', 'scripts/checks/packages', 'packages/testing/src/third-party']

const projects = [
  'tsconfig.json',
  // npm writes this file last: another process may be installing.
  ...OPTIONAL.filter((folder) => existsSync(join(ROOT, folder, 'node_modules/.package-lock.json'))),
]
for (const project of projects) {
  const { status, error } = spawnSync('tsc', ['-p', join(ROOT, project)], { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exitCode = 1
}

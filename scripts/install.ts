import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Installs what folders of this repository need beyond `npm ci`, each from its own lock file: peers of benchmarks, tools
 * for publishing. Few people need them, and together they are a third of everything. Does nothing when they are there.
 *
 *     node scripts/install.ts FOLDER…
 */
const ROOT = join(import.meta.dirname, '..')

function isInstalled(folder: string): boolean {
  const done = changed(join(folder, 'node_modules/.package-lock.json'))
  return done !== undefined && done >= (changed(join(folder, 'package-lock.json')) ?? 0)
}

function changed(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

for (const name of process.argv.slice(2)) {
  const folder = join(ROOT, name)
  if (isInstalled(folder)) continue
  console.error(`Installing what ${relative(ROOT, folder)} needs…`)
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

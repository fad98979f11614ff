import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Installs what folders of this repository need in addition to `npm ci`, each from its own lock file: peers of
 * benchmarks and tools for publishing. Separate, since few people need them and they are a third of everything. Does
 * nothing if installed.
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

async function install(folder: string): Promise<void> {
  console.error(`Installing what ${relative(ROOT, folder)} needs…`)
  const child = spawn('npm', ['ci', '--ignore-scripts', '--prefix', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) process.exit(status ?? 1)
}

const folders = process.argv.slice(2).map((name) => join(ROOT, name))
await Promise.all(folders.filter((folder) => !isInstalled(folder)).map(install))

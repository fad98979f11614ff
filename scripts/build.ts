import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Compiles the packages to `dist/`: all, or the given folders with their dependencies; with `--if-stale` only if a
 * source is newer than the output. Each is compiled next to its `dist` and replaces it as a whole: nothing of an
 * earlier build remains, and a failed build changes nothing.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** In dependency order. */
const FOLDERS = [
  'packages/xrpc',
  'generated',
  'packages/account',
  'packages/oauth',
  'packages/entryway',
  'packages/server',
  'codegen',
]

/**
 * Files of Swagger UI that the server serves. Copied, because their package depends on one that reports each
 * installation to its vendor.
 */
const VIEWER = [
  'LICENSE',
  'NOTICE',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'swagger-ui.css',
]

function copyViewer(dist: string): void {
  const { resolve } = createRequire(join(ROOT, 'packages/server/package.json'))
  for (const name of VIEWER) cpSync(resolve(`swagger-ui-dist/${name}`), join(dist, 'viewer', name))
}

/** True if it compiles; the compiler prints the errors. */
function build(folder: string): boolean {
  const dist = join(ROOT, folder, 'dist')
  const fresh = `${dist}.${process.pid}`
  const old = `${fresh}.old`
  try {
    const project = join(ROOT, folder, 'tsconfig.build.json')
    const { status, error } = spawnSync(process.execPath, [TSC, '-p', project, '--outDir', fresh], {
      stdio: 'inherit',
    })
    if (error) throw error
    if (status !== 0) return false
    if (folder === 'packages/server') copyViewer(fresh)
    if (isThere(dist)) renameSync(dist, old)
    renameSync(fresh, dist)
    return true
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

/** True if any input of a package is newer than its output. */
function isStale(folder: string): boolean {
  const dist = join(ROOT, folder, 'dist')
  if (!isThere(dist)) return true
  const built = Math.min(...filesBelow(dist).map(changed))
  const sources = filesBelow(join(ROOT, folder)).filter((path) => /\.ts$|\/tsconfig/.test(path))
  return [join(ROOT, 'tsconfig.json'), ...sources].some((path) => changed(path) > built)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return /^(dist(\..*)?|node_modules|testdata)$/.test(entry.name) ? [] : filesBelow(path)
  })
}

function changed(path: string): number {
  return statSync(path).mtimeMs
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

const args = process.argv.slice(2)
const named = args.filter((arg) => !arg.startsWith('--'))
const unknown = named.filter((name) => !FOLDERS.includes(name))
if (unknown.length > 0) throw new Error(`No such package: ${unknown.join(', ')}`)
const last = Math.max(...named.map((name) => FOLDERS.indexOf(name)))
for (const [index, folder] of FOLDERS.entries()) {
  // Dependencies come first; they are built only if stale.
  if (named.length > 0 && index > last) break
  const isWanted = named.length === 0 || named.includes(folder)
  if ((isWanted && !args.includes('--if-stale')) || isStale(folder)) {
    if (!build(folder)) process.exit(1)
  }
}

import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Replaces `npm install` while documents are tested: `install.ts MODULES [PACKAGE…]` links the workspace's packages
 * instead of those of the registry, and fails like npm if a requested package does not exist.
 */

interface Manifest {
  readonly version?: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const [modules = '', ...args] = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith('-'))
const isDevelopment = args.some((arg) => arg === '-D' || arg === '--save-dev')

const manifest: Manifest = existsSync('package.json') ? read('package.json') : {}
for (const given of wanted) {
  // `express@4`; a scope begins with the same character.
  const [, name = '', range = ''] = /^(@?[^@]+)(?:@(.+))?$/.exec(given) ?? []
  const key = isDevelopment ? 'devDependencies' : 'dependencies'
  manifest[key] = { ...manifest[key], [name]: `^${range || versionOf(name)}` }
}
for (const [name, range] of Object.entries({
  ...manifest.dependencies,
  ...manifest.devDependencies,
})) {
  const version = versionOf(name)
  if (!satisfies(version, range)) throw new Error(`${name}@${range} is asked for, not ${version}`)
}
if (wanted.length > 0) writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
if (!existsSync('node_modules')) symlinkSync(modules, 'node_modules')

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function versionOf(name: string): string {
  return read(join(modules, name, 'package.json')).version ?? ''
}

/** Caret ranges only, which is all that documents and templates use. */
function satisfies(version: string, range: string): boolean {
  const [have = [], want = []] = [version, range.replace(/^\^/, '')].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  )
  const fixed = want.findIndex((part) => part > 0)
  for (const [index, part] of want.entries()) {
    const given = have[index] ?? 0
    if (given !== part) return range.startsWith('^') && index > fixed && given > part
  }
  return true
}

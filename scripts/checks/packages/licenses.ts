import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packages, ROOT } from '../../packages/packages.ts'
import { type Dependency, dependenciesOf, type Lock, readLock } from './dependencies.ts'

/**
 * Permissive licenses that dependencies may have: one of the alternatives in "MIT OR …", all parts of "MIT
 * AND …".
 */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])

const LIST = 'docs/licenses.md'

/** Checks that every license is allowed, and that `docs/licenses.md` lists what is installed. */
export async function checkLicenses(lock: Lock = readLock()): Promise<readonly string[]> {
  const refused = collect(lock)
    .filter(({ license }) => !isAllowed(license))
    .map(({ name, version, license }) => `${name} ${version} has the license ${license}`)
  const listed = await readFile(join(ROOT, LIST), 'utf8').catch(() => '')
  if (listed === render(lock)) return refused
  return [...refused, `${LIST} is outdated: run npm run licenses and commit the result`]
}

export async function writeLicenses(): Promise<void> {
  await writeFile(join(ROOT, LIST), render(readLock()))
}

/**
 * True if an SPDX expression is allowed; does not support nested parentheses, which no dependency has.
 */
function isAllowed(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((parts) => parts.split(' AND ').every((license) => ALLOWED.has(license)))
}

interface Listed extends Dependency {
  /** The workspace packages that depend on it, without scope. */
  readonly users: readonly string[]
}

function collect(lock: Lock): readonly Listed[] {
  const found = new Map<string, Listed>()
  for (const { folder, manifest } of packages) {
    const user = manifest.name.replace('@lexwright/', '')
    for (const dependency of dependenciesOf(folder, lock)) {
      const key = `${dependency.name} ${dependency.version}`
      const users = [...(found.get(key)?.users ?? []), user]
      found.set(key, { ...dependency, users })
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, listed]) => listed)
}

function render(lock: Lock): string {
  const all = collect(lock)
  const counts = Map.groupBy(all, ({ license }) => license)
  const summary = [...counts]
    .map(([license, { length }]) => ({ license, length }))
    .sort((a, b) => b.length - a.length || (a.license < b.license ? -1 : 1))
    .map(({ license, length }) => `${license} ${length}`)
  const rows = all.map(({ name, version, license, users }) => {
    return `| ${name} | ${version} | ${license} | ${users.join(', ')} |`
  })
  return `# Licenses

Everything that is installed with the published packages, in the versions of the lock file, on all platforms together.
Written by \`npm run licenses\`; \`npm run verify:packages\` fails when it is out of date, or when a license is not on the list
of permissive ones in \`scripts/checks/packages/licenses.ts\`.

${all.length} packages: ${summary.join(', ')}.

| Package | Version | License | Comes with |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

if (import.meta.main) await writeLicenses()

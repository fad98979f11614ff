import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Packed, readPacked } from '../../packages/pack.ts'
import { ROOT } from '../../packages/packages.ts'
import { difference } from './difference.ts'

const ALLOWED =
  /^(LICENSE|README\.md|package\.json|openapi\.json|config\.schema\.json|bin\/[\w-]+\.js|assets\/\w+\.(js|css)|dist\/viewer\/(LICENSE|NOTICE|swagger-ui[\w.-]+)|dist\/.+\.(js|d\.ts)(\.map)?|src\/(db|store)\/schema\.txt)$/
const DEVELOPMENT = /\.test\.|(^|\/)(testing|testdata|bench|node_modules)\//

/** Problems with the files of a package. */
export async function checkContents(packed: Packed): Promise<readonly string[]> {
  const sources = packed.files.filter((file) => /\.ts$/.test(file) && !file.startsWith('dist/'))
  const known = new Set(packed.files)
  return [
    ...packed.files.flatMap((file) => {
      if (DEVELOPMENT.test(file)) return [`${file} is for development`]
      return ALLOWED.test(file) || sources.includes(file) ? [] : [`${file} does not belong here`]
    }),
    ...checkCompiled(packed, sources),
    ...targets(packed)
      .filter((target) => !isThere(target, known))
      .map((target) => `package.json names ${target}, which does not exist`),
    ...(await checkTexts(packed)),
    ...(await checkMaps(packed, known)),
  ]
}

/** Every source is compiled, and no output remains from an earlier build. */
function checkCompiled({ files }: Packed, sources: readonly string[]): string[] {
  const wanted = new Set(
    sources.map((file) => file.replace(/^src\//, '').replace(/\.ts$/, '')).sort(),
  )
  const compiled = files.filter((file) => /^dist\/(?!viewer\/).*\.js$/.test(file))
  const there = new Set(compiled.map((file) => file.slice('dist/'.length, -'.js'.length)))
  return [
    ...difference(wanted, there).map((name) => `${name}.ts is not compiled`),
    ...difference(there, wanted).map((name) => `dist/${name}.js has no source`),
  ]
}

/** Every file that the manifest refers to. */
function targets({ manifest }: Packed): string[] {
  const exported = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  return [...exported, ...Object.values(manifest.bin ?? {})].map((path) => path.replace('./', ''))
}

function isThere(target: string, files: ReadonlySet<string>): boolean {
  if (!target.includes('*')) return files.has(target)
  const [start = '', end = ''] = target.split('*')
  return [...files].some((file) => file.startsWith(start) && file.endsWith(end))
}

async function checkTexts(packed: Packed): Promise<string[]> {
  const { name } = packed.manifest
  const problems: string[] = []
  if (!packed.files.includes('README.md')) problems.push('there is no README.md')
  else if (!(await readPacked(packed, 'README.md')).startsWith(`# ${name}\n`)) {
    problems.push(`README.md does not begin with "# ${name}"`)
  }
  const license = readFileSync(join(ROOT, 'LICENSE'), 'utf8')
  if (!packed.files.includes('LICENSE')) problems.push('there is no LICENSE')
  else if ((await readPacked(packed, 'LICENSE')) !== license) {
    problems.push('LICENSE is not the one of the repository')
  }
  return problems
}

/** Source maps refer to existing sources. */
async function checkMaps(packed: Packed, known: ReadonlySet<string>): Promise<string[]> {
  const problems: string[] = []
  for (const file of packed.files.filter((path) => path.endsWith('.map'))) {
    const { sources } = JSON.parse(await readPacked(packed, file)) as { sources: string[] }
    for (const source of sources) {
      const path = join(file, '..', source)
      if (!known.has(path)) problems.push(`${file} points to ${path}, which does not exist`)
    }
  }
  return problems
}

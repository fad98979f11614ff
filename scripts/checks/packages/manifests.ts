import { isBuiltin } from 'node:module'
import { type AnyNode, parse } from 'acorn'
import { simple } from 'acorn-walk'
import { type Packed, readPacked } from '../../packages/pack.ts'
import type { Manifest } from '../../packages/packages.ts'
import { difference } from './difference.ts'

/** Problems with the manifest of a package and its dependencies. */
export async function checkManifest(packed: Packed): Promise<readonly string[]> {
  return [...checkFields(packed.manifest), ...(await checkDependencies(packed))]
}

function checkFields(manifest: Manifest): string[] {
  const problems: string[] = []
  const demand = (holds: unknown, problem: string) => {
    if (!holds) problems.push(problem)
  }
  demand(manifest.description, 'there is no description')
  demand(manifest.keywords?.length, 'there are no keywords')
  demand(manifest.license === 'MIT', 'the license is not MIT')
  demand(manifest.type === 'module', 'it is not a module')
  demand(manifest.engines?.node === '>=22.18', 'engines.node is not >=22.18')
  demand(manifest.sideEffects !== undefined, 'sideEffects is not given')
  demand(manifest.publishConfig?.access === 'public', 'publishConfig.access is not public')
  demand(manifest.publishConfig?.provenance === true, 'publishConfig.provenance is not true')
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (entry.endsWith('.json')) continue
    const conditions = typeof target === 'string' ? [] : Object.keys(target)
    demand(
      conditions.join() === '@lexwright/source,types,default',
      `the conditions of the entry ${entry} are not @lexwright/source, types and default`,
    )
  }
  return problems
}

/** Every import is declared, and every declared dependency is imported; optional peers may be loaded by name. */
async function checkDependencies(packed: Packed): Promise<string[]> {
  const { dependencies = {}, peerDependencies = {}, imports = {} } = packed.manifest
  const { peerDependenciesMeta: peers = {} } = packed.manifest
  const declared = new Set([
    ...Object.keys({ ...dependencies, ...peerDependencies }),
    ...Object.keys(imports).flatMap(packageOf),
  ])
  const used = new Set<string>()
  for (const file of packed.files) {
    // Copied unchanged from another package; it imports nothing.
    if (file.startsWith('dist/viewer/')) continue
    if (file.endsWith('.js')) addAll(used, importsOf(await readPacked(packed, file)))
    if (file.endsWith('.d.ts')) addAll(used, typeImportsOf(await readPacked(packed, file)))
  }
  return [
    ...difference(used, declared).map((name) => `${name} is imported and not declared`),
    ...difference(declared, used)
      .filter((name) => peers[name]?.optional !== true)
      .map((name) => `${name} is declared and not imported`),
  ]
}

/** The packages that a module imports, statically or dynamically. */
function importsOf(text: string): string[] {
  const found: string[] = []
  const add = (source: AnyNode | null | undefined) => {
    if (source?.type === 'Literal' && typeof source.value === 'string') found.push(source.value)
  }
  const program = parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  simple(program, {
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    CallExpression: ({ callee, arguments: [first] }) => {
      const called = callee.type === 'MemberExpression' ? callee.object : callee
      if (called.type === 'Identifier' && called.name === 'require') add(first)
    },
  })
  return found.flatMap(packageOf)
}

/** The same for declarations, which are regular enough to do without a TypeScript parser. */
function typeImportsOf(text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom |\bimport\(|^import )['"]([^'"]+)['"]/gm)
  return [...specifiers].flatMap(([, specifier = '']) => packageOf(specifier))
}

function packageOf(specifier: string): string[] {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return []
  return [/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier]
}

function addAll<T>(set: Set<T>, values: Iterable<T>): void {
  for (const value of values) set.add(value)
}

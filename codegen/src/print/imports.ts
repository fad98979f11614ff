import { posix } from 'node:path'
import { type ImportDeclarationStructure, StructureKind } from 'ts-morph'
import type { ImportedSymbol } from '../emit/code.ts'
import type { Module } from '../emit/module.ts'
import type { Statement } from '../emit/structure.ts'
import { NameScope } from '../ir/names.ts'
import { forEachSymbol, type NameOf } from './flatten.ts'

/** How imports of sibling modules end: `.ts` for type stripping, `.js` for tsc's output, or nothing for bundlers. */
export type ImportExtension = '.ts' | '.js' | ''

/** Decides the local name of every symbol in a module, and collects the imports that they need. */
export function resolveImports(
  module: Module,
  extension: ImportExtension,
): { readonly imports: readonly ImportDeclarationStructure[]; readonly nameOf: NameOf } {
  const scope = new NameScope(module.declares)
  const used = usedSymbols(module.statements)
  const locals = new Map<string, string>()
  for (const symbol of used.values()) locals.set(keyOf(symbol), scope.take(symbol.local))

  const specifierOf = specifiersFrom(module, extension)
  const bySpecifier = Map.groupBy(used.values(), specifierOf)
  const imports = [...bySpecifier.keys()].sort(bySource).flatMap((moduleSpecifier) => {
    const symbols = bySpecifier.get(moduleSpecifier) ?? []
    const localOf = (symbol: ImportedSymbol): string => locals.get(keyOf(symbol)) ?? symbol.local
    const namespaces = symbols.filter((symbol) => symbol.name === '*')
    const named = symbols
      .filter((symbol) => symbol.name !== '*')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const isTypeOnly = named.every((symbol) => symbol.typeOnly)
    const all: ImportDeclarationStructure[] = namespaces.map((symbol) => ({
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier,
      isTypeOnly: symbol.typeOnly,
      namespaceImport: localOf(symbol),
    }))
    if (named.length > 0) {
      const namedImports = named.map((symbol) => {
        const type = symbol.typeOnly && !isTypeOnly ? 'type ' : ''
        const alias = localOf(symbol) === symbol.name ? '' : ` as ${localOf(symbol)}`
        return `${type}${symbol.name}${alias}`
      })
      all.push({ kind: StructureKind.ImportDeclaration, moduleSpecifier, isTypeOnly, namedImports })
    }
    return all
  })
  const declared = new Set(module.declares)
  // Most symbols are the same object wherever they stand.
  const names = new Map<ImportedSymbol, string>()
  return {
    imports,
    nameOf(symbol) {
      if (symbol.kind === 'import') {
        const known = names.get(symbol)
        if (known !== undefined) return known
        const local = locals.get(keyOf(symbol)) ?? symbol.local
        names.set(symbol, local)
        return local
      }
      // A definition of the same name hides the global one.
      return declared.has(symbol.name) ? `globalThis.${symbol.name}` : symbol.name
    },
  }
}

/** Every imported symbol once; used as a value anywhere, it is imported as one. */
function usedSymbols(statements: readonly Statement[]): Map<string, ImportedSymbol> {
  const used = new Map<string, ImportedSymbol>()
  // Most symbols are the same object wherever they stand.
  const seen = new Set<ImportedSymbol>()
  forEachSymbol(statements, (symbol) => {
    if (symbol.kind === 'global' || seen.has(symbol)) return
    seen.add(symbol)
    const known = used.get(keyOf(symbol))
    if (!known || (known.typeOnly && !symbol.typeOnly)) used.set(keyOf(symbol), symbol)
  })
  return used
}

function keyOf({ from, name }: ImportedSymbol): string {
  return 'package' in from ? `${from.package} ${name}` : `./${from.module} ${name}`
}

/** How a module writes where a symbol comes from; worked out once for each place. */
function specifiersFrom(module: Module, extension: ImportExtension) {
  // From the root, since what is relative would be looked for in the working directory first.
  const folder = posix.dirname(`/${module.path}`)
  const known = new Map<string, string>()
  return ({ from }: ImportedSymbol): string => {
    if ('package' in from) return from.package
    let specifier = known.get(from.module)
    if (specifier === undefined) {
      // A module may lie beside the folder that has its name, so only the way to its folder is looked for.
      const way = posix.relative(folder, posix.dirname(`/${from.module}`))
      const start = way === '' ? './' : way.startsWith('.') ? `${way}/` : `./${way}/`
      specifier = start + posix.basename(from.module) + extension
      known.set(from.module, specifier)
    }
    return specifier
  }
}

/** Packages before modules of the output, each by code unit. */
function bySource(a: string, b: string): number {
  const rank = (specifier: string): number => (specifier.startsWith('.') ? 1 : 0)
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

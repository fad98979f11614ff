import { posix } from 'node:path'
import type { GlobalSymbol, ImportedSymbol } from '../emit/code.ts'
import type { Module } from '../emit/module.ts'
import { NameScope } from '../ir/names.ts'
import type { Piece } from './flatten.ts'

/** How imports of sibling modules end: `.ts` for type stripping, `.js` for tsc's output, or nothing for bundlers. */
export type ImportExtension = '.ts' | '.js' | ''

/** One import declaration, and what it brings in. */
export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly namespace?: string
  readonly named: readonly {
    readonly name: string
    readonly local: string
    readonly typeOnly: boolean
  }[]
}

/** Decides the local name of every symbol in a module, which its pieces hold, and collects the imports they need. */
export function resolveImports(
  module: Module,
  pieces: readonly Piece[],
  extension: ImportExtension,
): { readonly imports: readonly Import[]; nameOf(symbol: ImportedSymbol | GlobalSymbol): string } {
  const scope = new NameScope(module.declares)
  const used = usedSymbols(pieces)
  const locals = new Map<string, string>()
  for (const symbol of used.values()) locals.set(keyOf(symbol), scope.take(symbol.local))

  const specifierOf = specifiersFrom(module, extension)
  const bySpecifier = Map.groupBy(used.values(), specifierOf)
  const imports = [...bySpecifier.keys()].sort(bySource).flatMap((specifier): Import[] => {
    const symbols = bySpecifier.get(specifier) ?? []
    const namespaces = symbols.filter((symbol) => symbol.name === '*')
    const named = symbols
      .filter((symbol) => symbol.name !== '*')
      .map((symbol) => ({
        name: symbol.name,
        local: locals.get(keyOf(symbol)) ?? symbol.local,
        typeOnly: symbol.typeOnly,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    return [
      ...namespaces.map((symbol) => ({
        specifier,
        typeOnly: symbol.typeOnly,
        namespace: locals.get(keyOf(symbol)) ?? symbol.local,
        named: [],
      })),
      ...(named.length > 0
        ? [{ specifier, typeOnly: named.every(({ typeOnly }) => typeOnly), named }]
        : []),
    ]
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
function usedSymbols(pieces: readonly Piece[]): Map<string, ImportedSymbol> {
  const used = new Map<string, ImportedSymbol>()
  // Most symbols are the same object wherever they stand.
  const seen = new Set<ImportedSymbol>()
  for (const piece of pieces) {
    if (typeof piece === 'string' || piece.kind === 'global' || seen.has(piece)) continue
    seen.add(piece)
    const known = used.get(keyOf(piece))
    if (!known || (known.typeOnly && !piece.typeOnly)) used.set(keyOf(piece), piece)
  }
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
      const relative = posix.relative(folder, `/${from.module}`)
      specifier = (relative.startsWith('.') ? relative : `./${relative}`) + extension
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

import { posix } from 'node:path'
import { type ImportDeclarationStructure, StructureKind } from 'ts-morph'
import type { ImportedSymbol } from '../emit/code.ts'
import type { Module } from '../emit/module.ts'
import { NameScope } from '../ir/names.ts'
import type { NameOf } from './flatten.ts'

/**
 * The extension in imports of sibling modules: `.ts` for type stripping, `.js` for tsc's output, or none for
 * bundlers.
 */
export type ImportExtension = '.ts' | '.js' | ''

/** The names of symbols in one module, and the imports they need. */
export class Imports {
  readonly #declared: ReadonlySet<string>
  readonly #scope: NameScope
  readonly #specifierOf: (symbol: ImportedSymbol) => string
  readonly #used = new Map<string, Used>()
  // A cache by object: most symbols are shared.
  readonly #names = new Map<ImportedSymbol, string>()

  constructor(module: Module, extension: ImportExtension) {
    this.#declared = new Set(module.declares)
    this.#scope = new NameScope(module.declares)
    this.#specifierOf = specifiersFrom(module, extension)
  }

  /** The local name of a symbol, chosen on first use. */
  readonly nameOf: NameOf = (symbol) => {
    if (symbol.kind === 'import') {
      const known = this.#names.get(symbol)
      if (known !== undefined) return known
      const { local } = this.#use(symbol)
      this.#names.set(symbol, local)
      return local
    }
    // A definition of the same name shadows the global.
    return this.#declared.has(symbol.name) ? `globalThis.${symbol.name}` : symbol.name
  }

  /** The imports of all named symbols. */
  declarations(): readonly ImportDeclarationStructure[] {
    const bySpecifier = Map.groupBy(this.#used.values(), ({ symbol }) => this.#specifierOf(symbol))
    return [...bySpecifier.keys()]
      .sort(bySource)
      .flatMap((specifier) => declarationsFrom(specifier, bySpecifier.get(specifier) ?? []))
  }

  /** A symbol used as a value anywhere is imported as a value. */
  #use(symbol: ImportedSymbol): Used {
    const key = keyOf(symbol)
    const known = this.#used.get(key)
    if (known && (symbol.typeOnly || !known.symbol.typeOnly)) return known
    const used = { symbol, local: known?.local ?? this.#scope.take(symbol.local) }
    this.#used.set(key, used)
    return used
  }
}

interface Used {
  readonly symbol: ImportedSymbol
  readonly local: string
}

function declarationsFrom(
  moduleSpecifier: string,
  all: readonly Used[],
): ImportDeclarationStructure[] {
  const kind = StructureKind.ImportDeclaration
  const declarations: ImportDeclarationStructure[] = all
    .filter(({ symbol }) => symbol.name === '*')
    .map(({ symbol, local }) => ({
      kind,
      moduleSpecifier,
      isTypeOnly: symbol.typeOnly,
      namespaceImport: local,
    }))
  const named = all
    .filter(({ symbol }) => symbol.name !== '*')
    .sort((a, b) => (a.symbol.name < b.symbol.name ? -1 : 1))
  if (named.length === 0) return declarations
  const isTypeOnly = named.every(({ symbol }) => symbol.typeOnly)
  const namedImports = named.map(({ symbol, local }) => {
    const type = symbol.typeOnly && !isTypeOnly ? 'type ' : ''
    const alias = local === symbol.name ? '' : ` as ${local}`
    return `${type}${symbol.name}${alias}`
  })
  return [...declarations, { kind, moduleSpecifier, isTypeOnly, namedImports }]
}

function keyOf({ from, name }: ImportedSymbol): string {
  return 'package' in from ? `${from.package} ${name}` : `./${from.module} ${name}`
}

/** The import specifiers of a module, cached by target. */
function specifiersFrom(module: Module, extension: ImportExtension) {
  // Absolute, since relative paths would be resolved in the working directory.
  const folder = posix.dirname(`/${module.path}`)
  const known = new Map<string, string>()
  return ({ from }: ImportedSymbol): string => {
    if ('package' in from) return from.package
    let specifier = known.get(from.module)
    if (specifier === undefined) {
      // A module may have the name of a folder next to it, so only the path between the folders is
      // computed.
      const way = posix.relative(folder, posix.dirname(`/${from.module}`))
      const start = way === '' ? './' : way.startsWith('.') ? `${way}/` : `./${way}/`
      specifier = start + posix.basename(from.module) + extension
      known.set(from.module, specifier)
    }
    return specifier
  }
}

/** Packages before modules of the output, each ordered by code unit. */
function bySource(a: string, b: string): number {
  const rank = (specifier: string): number => (specifier.startsWith('.') ? 1 : 0)
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

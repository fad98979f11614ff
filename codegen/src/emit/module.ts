import type { DocumentModel } from '../ir/model.ts'
import type { Comment, GlobalSymbol, ImportedSymbol } from './code.ts'
import type { Statement } from './structure.ts'

/** Statements, and the names they declare according to the model. */
export interface Declarations {
  /** Every identifier declared at the top level; imports get other names. */
  readonly declares: readonly string[]
  readonly statements: readonly Statement[]
}

/** Concatenates declarations. */
export function together(all: readonly Declarations[]): Declarations {
  return {
    declares: all.flatMap(({ declares }) => declares),
    statements: all.flatMap(({ statements }) => statements),
  }
}

/** A module of the output before printing. */
export interface Module extends Declarations {
  /** Path below the output folder, without extension. */
  readonly path: string
  /** Source of the module, for its header. */
  readonly about: string
  /** The document's description, also for the header. */
  readonly docs?: readonly Comment[]
}

/** A type from a package. */
export function typeFrom(packageName: string, name: string): ImportedSymbol {
  return { kind: 'import', name, local: name, from: { package: packageName }, typeOnly: true }
}

/** A value (and its type) from a package. */
export function valueFrom(packageName: string, name: string): ImportedSymbol {
  return { kind: 'import', name, local: name, from: { package: packageName }, typeOnly: false }
}

/** A value from another module of the output. */
export function local(module: string, name: string): ImportedSymbol {
  return { kind: 'import', name, local: name, from: { module }, typeOnly: false }
}

/** A type from another module of the output. */
export function localType(module: string, name: string): ImportedSymbol {
  return { kind: 'import', name, local: name, from: { module }, typeOnly: true }
}

/** Another module of the output as a namespace. */
function namespace(module: string, alias: string, typeOnly: boolean): ImportedSymbol {
  return { kind: 'import', name: '*', local: alias, from: { module }, typeOnly }
}

/** The module of a document as a namespace, local or from a package. */
export function documentModule(document: DocumentModel, typeOnly: boolean): ImportedSymbol {
  const { alias, module } = document
  if (document.package === undefined) return namespace(module, alias, typeOnly)
  const from = { package: `${document.package}/${module}` }
  return { kind: 'import', name: '*', local: alias, from, typeOnly }
}

export function platformGlobal(name: string): GlobalSymbol {
  return { kind: 'global', name }
}

import type { DocumentModel, Model, NamespaceModel } from '../ir/model.ts'
import type { ImportedSymbol } from './code.ts'
import { block, type Code, code, docComment, lines, name } from './code.ts'
import { documentModule } from './module.ts'

/** Every namespace of the model, parents before children. */
export function allNamespaces(namespaces: readonly NamespaceModel[]): NamespaceModel[] {
  return namespaces.flatMap((one) => [one, ...allNamespaces(one.children)])
}

/** Looks up the document behind a method, and its module as a namespace import. */
export class MethodModules {
  readonly #documents: ReadonlyMap<string, DocumentModel>
  readonly #typeOnly: boolean

  constructor(model: Model, typeOnly: boolean) {
    this.#documents = new Map(model.documents.map((document) => [document.nsid, document]))
    this.#typeOnly = typeOnly
  }

  document(nsid: string): DocumentModel {
    const document = this.#documents.get(nsid)
    if (!document) throw new Error(`No document ${nsid} in the model`)
    return document
  }

  module(nsid: string): ImportedSymbol {
    return documentModule(this.document(nsid), this.#typeOnly)
  }
}

/**
 * A class per namespace, holding its parent, its child namespaces and its methods.
 *
 * ```ts
 * //= export class ComExampleNS {
 * //=   readonly _server: Server
 * //=   readonly things: ComExampleThingsNS
 * //=   constructor(server: Server) { … }
 * //=   doIt(…) { … }
 * //= }
 * ```
 */
export function namespaceClass(
  one: NamespaceModel,
  options: {
    readonly owner: { readonly field: string; readonly parameter: string; readonly type: Code }
    readonly extra: readonly Code[]
    readonly methods: readonly Code[]
  },
): Code {
  const { owner, extra, methods } = options
  const parameter = name(owner.parameter)
  const init = code`constructor(${parameter}: ${owner.type}) ${block([
    code`this.${name(owner.field)} = ${parameter}`,
    ...one.children.map(
      (child) => code`this.${name(child.property)} = new ${name(child.className)}(${parameter})`,
    ),
  ])}`
  const members = [
    code`readonly ${name(owner.field)}: ${owner.type}`,
    ...extra,
    ...one.children.map(
      (child) => code`readonly ${name(child.property)}: ${name(child.className)}`,
    ),
    code``,
    init,
    ...methods.flatMap((method) => [code``, method]),
  ]
  return lines(
    docComment(`\`${one.path}\``),
    code`export class ${name(one.className)} ${block(members)}`,
  )
}

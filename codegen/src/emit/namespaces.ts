import {
  type ClassDeclarationStructure,
  type MethodDeclarationStructure,
  type OptionalKind,
  type PropertyDeclarationStructure,
  StructureKind,
} from 'ts-morph'
import type { DocumentModel, Model, NamespaceModel } from '../ir/model.ts'
import { type Code, code, docs, type ImportedSymbol, name } from './code.ts'
import { documentModule } from './module.ts'
import { keepOrMake, type Remembered } from './remembered.ts'
import type { Coded, Statement } from './structure.ts'

/** A method of a generated class. */
export type Method = Coded<OptionalKind<MethodDeclarationStructure>>

/** A property of a generated class. */
export type Field = Coded<OptionalKind<PropertyDeclarationStructure>>

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
 * Makes the statements of every namespace and reuses those of the previous run: most edits under `--watch` change one
 * document, and so one namespace.
 */
export function perNamespace(
  statementsOf: (one: NamespaceModel, modules: MethodModules) => readonly Statement[],
): (namespaces: readonly NamespaceModel[], modules: MethodModules) => Statement[] {
  let known = new Map<string, Remembered<readonly Statement[]>>()
  return (namespaces, modules) => {
    known = new Map(
      namespaces.map((one) => {
        const members = [...one.methods, ...one.records]
        const inputs = [JSON.stringify(one), ...members.map(({ nsid }) => modules.document(nsid))]
        return [one.path, keepOrMake(known.get(one.path), inputs, () => statementsOf(one, modules))]
      }),
    )
    return [...known.values()].flatMap(({ made }) => made)
  }
}

//= /** `com.example` */
//= export class ComExampleNS {
//=   readonly _server: Server;
//=   readonly things: ComExampleThingsNS;
//=
//=   constructor(server: Server) {
//=     this._server = server;
//=     this.things = new ComExampleThingsNS(server);
//=   }
//=
//=   doIt(…) { … }
//= }
/** One class per namespace, with its parent, child namespaces and methods. */
export function namespaceClass(
  one: NamespaceModel,
  options: {
    readonly owner: { readonly field: string; readonly parameter: string; readonly type: Code }
    readonly extra: readonly Field[]
    /** Constructor statements that set the properties. */
    readonly instances?: readonly Code[]
    readonly methods: readonly Method[]
  },
): Coded<ClassDeclarationStructure> {
  const { owner, extra, instances = [], methods } = options
  const parameter = name(owner.parameter)
  return {
    kind: StructureKind.Class,
    isExported: true,
    docs: docs(`\`${one.path}\``),
    name: name(one.className),
    properties: [
      { isReadonly: true, name: name(owner.field), type: owner.type },
      ...extra,
      ...childFields(one.children),
    ],
    ctors: [
      {
        parameters: [{ name: parameter, type: owner.type }],
        statements: [
          code`this.${name(owner.field)} = ${parameter};`,
          ...childInstances(one.children, parameter),
          ...instances,
        ],
      },
    ],
    methods,
  }
}

/** `//= readonly things: ComExampleThingsNS;` */
export function childFields(children: readonly NamespaceModel[]): Field[] {
  return children.map(({ property, className }) => ({
    isReadonly: true,
    name: name(property),
    type: name(className),
  }))
}

/** `//= this.things = new ComExampleThingsNS(server);` */
export function childInstances(children: readonly NamespaceModel[], owner: Code): Code[] {
  return children.map(
    ({ property, className }) => code`this.${name(property)} = new ${name(className)}(${owner});`,
  )
}

import { compare } from '../parse/parse.ts'
import type { Body, Definition, LexiconDocument } from '../parse/schema.ts'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import type {
  BodyModel,
  DefinitionModel,
  DefinitionNames,
  DocumentModel,
  ErrorModel,
  MethodModel,
  Model,
} from './model.ts'
import { NameScope, screamingSnakeCase, titleCase } from './names.ts'
import { namespaceTree } from './namespaces.ts'
import {
  modulePath,
  type PackageMapping,
  packageOf,
  referencesIntoPackages,
  trustedDocument,
} from './packages.ts'
import { checkReferences, type ParsedSet } from './references.ts'
import { describe, objectType, properties, valueType } from './value-types.ts'

/**
 * Names that every method module exports; definitions of the document are renamed if they collide.
 */
export const METHOD_EXPORTS: readonly string[] = [
  'QueryParams',
  'InputSchema',
  'OutputSchema',
  'HandlerInput',
  'HandlerSuccess',
  'HandlerError',
  'HandlerOutput',
  'Handler',
  'Config',
  'CallParams',
  'CallInput',
  'CallOptions',
  'Response',
  'toKnownErr',
  'call',
  'subscribe',
  'descriptor',
]

/** Names that the index module declares in addition to one alias per document. */
const INDEX_EXPORTS = ['Server', 'Handlers', 'createServer', 'implement', 'AtpBaseClient']

export type BuildResult =
  | { readonly model: Model; readonly diagnostics: readonly [] }
  | { readonly model?: never; readonly diagnostics: readonly Diagnostic[] }

export interface BuildOptions {
  /** The documents whose methods get a server and a client; others contribute only types. Default all. */
  readonly methodsOf?: ReadonlySet<string>
  /** Packages that already contain generated modules. */
  readonly packages?: readonly PackageMapping[]
}

/** Builds the resolved model from checked documents, or reports unresolved references. */
export function build(
  parsed: ParsedSet,
  { methodsOf, packages = [] }: BuildOptions = {},
): BuildResult {
  const packaged = (nsid: string): string | undefined => packageOf(nsid, packages)
  const diagnostics = [
    ...checkReferences(parsed, (nsid) => packaged(nsid) !== undefined),
    ...checkPaths(parsed),
  ]
  if (diagnostics.length > 0) return { diagnostics }
  const aliases = new NameScope(INDEX_EXPORTS)
  const documents = [
    ...parsed.documents.map(({ document }) => {
      const alias = aliases.take(titleCase(document.id))
      return documentModel(document, alias, packaged(document.id))
    }),
    ...[...referencesIntoPackages(parsed.documents, packages)].map(([nsid, definitions]) =>
      trustedDocument(nsid, definitions, { package: packaged(nsid) ?? '', aliases }),
    ),
  ].sort((a, b) => compare(a.nsid, b.nsid))
  const own = documents.filter(
    (document) =>
      document.package === undefined && (methodsOf === undefined || methodsOf.has(document.nsid)),
  )
  const model = { documents, namespaces: namespaceTree(own, aliases) }
  return { model: deepFreeze(model), diagnostics: [] }
}

/** Reports documents whose modules are the same file where names of files ignore case: one would be lost. */
function checkPaths({ documents }: ParsedSet): Diagnostic[] {
  const seen = new Map<string, string>()
  return documents.flatMap(({ document: { id }, file }) => {
    const lower = id.toLowerCase()
    const other = seen.get(lower)
    seen.set(lower, id)
    if (other === undefined) return []
    const message = `${id} and ${other} differ only in case.`
    return [diagnostic('same-but-for-case', { file, path: ['id'] }, message)]
  })
}

/** The model of a document, cached by document and alias. */
function documentModel(source: LexiconDocument, alias: string, from?: string): DocumentModel {
  const known = remembered.get(source)
  if (known?.alias === alias && known.package === from) return known
  const model = {
    ...resolveDocument(source, alias),
    ...(from !== undefined && { package: from }),
  }
  remembered.set(source, model)
  return model
}
const remembered = new WeakMap<LexiconDocument, DocumentModel>()

function resolveDocument(source: LexiconDocument, alias: string): DocumentModel {
  const { main } = source.defs
  const isMethod =
    main?.type === 'query' || main?.type === 'procedure' || main?.type === 'subscription'
  const names = new NameScope(isMethod ? METHOD_EXPORTS : [])
  const definitions = Object.entries(source.defs).flatMap(([name, definition]) => {
    const model = definitionModel(source.id, name, definition, names)
    return model ? [model] : []
  })
  // Last, since definitions have precedence over error classes in naming.
  const method = isMethod ? methodModel(main, source.id, names) : undefined
  return {
    nsid: source.id,
    alias,
    module: modulePath(source.id),
    ...describe(source),
    definitions: withRecordAlias(definitions, names),
    ...(method && { method }),
    source,
  }
}

function definitionModel(
  nsid: string,
  name: string,
  definition: Definition,
  scope: NameScope,
): DefinitionModel | undefined {
  const uri = name === 'main' ? nsid : `${nsid}#${name}`
  const base = { name, uri, ...describe(definition) }
  const names = (): DefinitionNames => definitionNames(name, definition.type === 'token', scope)
  switch (definition.type) {
    case 'query':
    case 'procedure':
    case 'subscription':
      return undefined
    case 'record':
      return { ...base, kind: 'record', type: objectType(definition.record, nsid), names: names() }
    case 'object':
      return { ...base, kind: 'object', type: objectType(definition, nsid), names: names() }
    case 'token':
      return {
        ...base,
        kind: 'token',
        type: { type: 'token', uri: `${nsid}#${name}` },
        names: names(),
      }
    case 'permission-set':
      return { ...base, kind: 'permission-set', type: { type: 'unknown' }, names: names() }
    default:
      return { ...base, kind: 'value', type: valueType(definition, nsid), names: names() }
  }
}

function definitionNames(name: string, isToken: boolean, scope: NameScope): DefinitionNames {
  const title = titleCase(name)
  const constant = screamingSnakeCase(name)
  const type = scope.takeWith(
    (suffix) => title + suffix,
    (suffix) => `is${title}${suffix}`,
    (suffix) => `validate${title}${suffix}`,
    (suffix) => `assert${title}${suffix}`,
    ...(isToken && constant !== title ? [(suffix: string) => constant + suffix] : []),
  )
  const suffix = type.slice(title.length)
  return {
    type,
    guard: `is${type}`,
    validate: `validate${type}`,
    assert: `assert${type}`,
    constant: constant + suffix,
  }
}

/** Exports a record's main as `Record` too, unless a definition has that name. */
function withRecordAlias(
  definitions: readonly DefinitionModel[],
  scope: NameScope,
): DefinitionModel[] {
  return definitions.map((definition) =>
    definition.kind === 'record' && !scope.has('Record')
      ? { ...definition, names: { ...definition.names, recordAlias: 'Record' } }
      : definition,
  )
}

type MethodDefinition = Extract<Definition, { type: 'query' | 'procedure' | 'subscription' }>

function methodModel(main: MethodDefinition, nsid: string, scope: NameScope): MethodModel {
  const message = main.type === 'subscription' ? main.message?.schema : undefined
  return {
    kind: main.type,
    ...describe(main),
    ...(main.parameters && { parameters: properties(main.parameters, nsid) }),
    ...(main.type === 'procedure' && main.input && { input: body(main.input, nsid) }),
    ...(main.type !== 'subscription' && main.output && { output: body(main.output, nsid) }),
    ...(message && { message: valueType(message, nsid) }),
    errors: errorModels(main, scope),
  }
}

function errorModels(main: MethodDefinition, scope: NameScope): ErrorModel[] {
  const names = new Set<string>()
  return (main.errors ?? []).flatMap((error) => {
    if (names.has(error.name)) return []
    names.add(error.name)
    const title = titleCase(error.name)
    const className = scope.take(title.endsWith('Error') ? title : `${title}Error`)
    return [{ name: error.name, className, ...describe(error) }]
  })
}

function body(schema: Body, nsid: string): BodyModel {
  return {
    encodings: schema.encoding.split(',').map((encoding) => encoding.trim()),
    ...(schema.schema && { schema: valueType(schema.schema, nsid) }),
    ...describe(schema.description ? schema : (schema.schema ?? {})),
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}

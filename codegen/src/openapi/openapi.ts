import { namespaceOf } from '../docs/types.ts'
import type { Address, DocumentModel, Model, NamespaceModel } from '../ir/model.ts'
import { OPENAPI_FILE } from '../print/mark.ts'
import type { OutputFile } from '../print/print.ts'
import { escaped } from '../text/invisible.ts'
import { ComponentNames } from './component-names.ts'
import { given, type Json, paragraphs } from './json.ts'
import { SchemaWriter } from './json-schema.ts'
import { OperationWriter } from './operation.ts'
import { SHARED_COMPONENTS } from './shared-components.ts'

export interface OpenApiOptions {
  /** Title of the API; default the common namespace of its methods. */
  readonly title?: string
  /** The version of the API, since documents have none; default `0.0.0`. */
  readonly version?: string
  /** URLs of the API, such as `https://pds.example.com`; default that of the description. */
  readonly servers?: readonly string[]
}

/** An OpenAPI 3.1 description of a model. Deterministic. */
export function writeOpenApi(model: Model, options: OpenApiOptions = {}): OutputFile {
  const text = `${escaped(JSON.stringify(describeApi(model, options), null, 2))}\n`
  return { path: OPENAPI_FILE, text }
}

function describeApi(model: Model, options: OpenApiOptions): Json {
  const { documents } = model
  const addresses = documents.flatMap(addressesOf)
  const sources = new Map(documents.map((document) => [document.nsid, document]))
  const names = new ComponentNames(addresses)
  const schemas = new SchemaWriter({
    names,
    find: ({ nsid, name }) => {
      const defs = sources.get(nsid)?.source.defs
      return defs && Object.hasOwn(defs, name) ? defs[name] : undefined
    },
  })
  const methods = methodsOf(model, sources)
  const { paths, subscriptions } = writeMethods(methods, new OperationWriter(schemas))
  const components = addresses.flatMap((address) => {
    const schema = componentOf(address, sources, schemas)
    const name = names.of(address)
    return name === undefined || schema === undefined ? [] : [[name, schema] as const]
  })
  const tags = [...new Set(methods.map(({ nsid }) => namespaceOf(nsid)))]
  return {
    // First, since the generator recognises its own files by it.
    'x-generated-by': 'lexwright',
    openapi: '3.1.1',
    info: {
      title: options.title ?? titleOf(tags),
      version: options.version ?? '0.0.0',
      description: CONVENTIONS,
    },
    ...(options.servers && { servers: options.servers.map((url) => ({ url })) }),
    tags: tags.map((name) => ({ name })),
    // Documents do not specify who may call a method, so every scheme is optional.
    security: [{}, { bearer: [] }, { basic: [] }],
    paths,
    components: {
      schemas: { ...SHARED_COMPONENTS, ...Object.fromEntries(components) },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token of a session.' },
        basic: { type: 'http', scheme: 'basic', description: 'Usually for operators.' },
      },
    },
    ...extensions(documents, subscriptions),
  }
}

const CONVENTIONS = `Written from AT Protocol Lexicon documents.

Lexicons do not specify authentication: every method is described with none, a bearer token or basic authentication, and the service decides which applies. Declared errors have status 400 here; a service may use another.

String lengths are limited in UTF-8 bytes and graphemes, but JSON Schema counts code points: schemas are as strict as possible without refusing valid values, and the exact limits are in \`x-lexicon\`. \`format\` is an annotation. \`$type\` is described in its normal form. Subscriptions are WebSocket streams, which OpenAPI cannot express: they are in \`x-lexicon-subscriptions\`.`

/**
 * The definitions of a document that describe data; for a document that was not given, those referred to.
 */
function addressesOf({ nsid, definitions }: DocumentModel): Address[] {
  return definitions
    .filter(({ kind }) => kind !== 'permission-set')
    .map(({ name }) => ({ nsid, name }))
}

function componentOf(
  address: Address,
  sources: ReadonlyMap<string, DocumentModel>,
  schemas: SchemaWriter,
): Json | undefined {
  const document = sources.get(address.nsid)
  if (document?.trusted) return { description: `Described by ${document.package}.` }
  const definition = document?.source.defs[address.name]
  return definition && schemas.definition(definition, address)
}

/** The selected documents with methods; others contribute only types. */
function methodsOf(
  { namespaces }: Model,
  sources: ReadonlyMap<string, DocumentModel>,
): DocumentModel[] {
  const collect = (namespace: NamespaceModel): string[] => [
    ...namespace.methods.map(({ nsid }) => nsid),
    ...namespace.children.flatMap(collect),
  ]
  const wanted = new Set(namespaces.flatMap(collect))
  return [...sources.values()].filter(({ nsid }) => wanted.has(nsid))
}

function writeMethods(
  methods: readonly DocumentModel[],
  operations: OperationWriter,
): { readonly paths: Json; readonly subscriptions: Json } {
  const paths: [string, Json][] = []
  const subscriptions: [string, Json][] = []
  for (const { nsid, description: about, source } of methods) {
    const { main } = source.defs
    if (main?.type === 'query' || main?.type === 'procedure') {
      paths.push([`/xrpc/${nsid}`, operations.pathItem(main, { nsid, about })])
    } else if (main?.type === 'subscription') {
      subscriptions.push([nsid, operations.subscription(main, { nsid, about })])
    }
  }
  return { paths: Object.fromEntries(paths), subscriptions: Object.fromEntries(subscriptions) }
}

/**
 * Definitions that OpenAPI cannot express: subscriptions, permission sets, and descriptions of documents.
 */
function extensions(documents: readonly DocumentModel[], subscriptions: Json): Json {
  const permissionSets = documents.flatMap(({ nsid, source }) =>
    source.defs.main?.type === 'permission-set' ? [[nsid, source.defs.main] as const] : [],
  )
  const about = documents.flatMap(({ nsid, source: { description, revision } }) => {
    const said = given({ description: paragraphs(description), revision })
    return Object.keys(said).length === 0 ? [] : [[nsid, said] as const]
  })
  const all = {
    'x-lexicon-subscriptions': subscriptions,
    'x-lexicon-permission-sets': Object.fromEntries(permissionSets),
    'x-lexicon-documents': Object.fromEntries(about),
  }
  return Object.fromEntries(Object.entries(all).filter(([, of]) => Object.keys(of).length > 0))
}

/** The common segments of all namespaces, if there are enough for a title. */
function titleOf(namespaces: readonly string[]): string {
  const [first = [], ...others] = namespaces.map((namespace) => namespace.split('.'))
  const until = first.findIndex((segment, at) => others.some((other) => other[at] !== segment))
  const shared = until < 0 ? first : first.slice(0, until)
  return shared.length < 2 ? 'XRPC methods' : shared.join('.')
}

import type {
  BodyModel,
  DefinitionModel,
  DocumentModel,
  MethodModel,
  Model,
  PropertyModel,
  ValueType,
} from '../ir/model.ts'
import { MARKDOWN_MARK } from '../print/mark.ts'
import type { OutputFile } from '../print/print.ts'
import { anchor, codeSpan, link, table, text } from './markdown.ts'
import { namespaceOf, pageOf, TypeText } from './types.ts'

/** The reference of a model: one Markdown page per namespace, and an index page. */
export function writeDocs(model: Model): OutputFile[] {
  const types = new TypeText(model)
  const documents = model.documents.filter((document) => !document.trusted)
  const pages = Map.groupBy(documents, ({ nsid }) => namespaceOf(nsid))
  return [
    page('README.md', ['# Reference', '', ...index(pages)]),
    ...[...pages].map(([namespace, members]) =>
      page(`${namespace}.md`, [
        `# ${namespace}`,
        '',
        ...members.flatMap((document) => documentSection(document, types)),
      ]),
    ),
  ]
}

function page(path: string, lines: readonly string[]): OutputFile {
  const head = `${MARKDOWN_MARK} docs. Do not edit: change the lexicons and run it again. -->`
  return { path, text: `${[head, '', ...lines].join('\n').trimEnd()}\n` }
}

//= ## com.example
//=
//= | Document | Kind | What it does |
function index(pages: ReadonlyMap<string, readonly DocumentModel[]>): string[] {
  return [...pages].flatMap(([namespace, documents]) => [
    `## [${namespace}](${namespace}.md)`,
    '',
    ...table(
      ['Document', 'Kind', 'What it is'],
      documents.map((document) => [
        link(document.nsid, pageOf(document.nsid)),
        kindOf(document),
        text(summaryOf(document)),
      ]),
    ),
  ])
}

function documentSection(document: DocumentModel, types: TypeText): string[] {
  const { nsid, method, definitions } = document
  const main = definitions.find(({ name }) => name === 'main')
  const summary = summaryOf(document)
  return [
    anchor(nsid),
    '',
    `## ${nsid}`,
    '',
    ...(summary ? [text(summary), ''] : []),
    ...(method ? methodSection(method, nsid, types) : []),
    ...(main ? definitionBody(main, types, keyOf(document)) : []),
    ...definitions
      .filter(({ name }) => name !== 'main')
      .flatMap((definition) => [
        anchor(definition.uri),
        '',
        `### ${codeSpan(`#${definition.name}`)}`,
        '',
        ...(definition.description ? [text(definition.description), ''] : []),
        ...definitionBody(definition, types),
      ]),
  ]
}

const VERBS = { query: 'GET', procedure: 'POST', subscription: 'WebSocket' } as const

function methodSection(method: MethodModel, nsid: string, types: TypeText): string[] {
  const { kind, parameters = [], input, output, message, errors } = method
  return [
    `${capital(kind)}: ${codeSpan(`${VERBS[kind]} /xrpc/${nsid}`)}`,
    '',
    ...(parameters.length > 0 ? ['**Parameters**', '', ...members(parameters, types)] : []),
    ...(input ? bodySection('Input', input, types) : []),
    ...(output ? bodySection('Output', output, types) : []),
    ...(message ? ['**Messages**', '', ...valueBody(message, types)] : []),
    ...(errors.length > 0 ? ['**Errors**', ''] : []),
    ...table(
      ['Error', 'When'],
      errors.map(({ name, description }) => [codeSpan(name), text(description)]),
    ),
  ]
}

function bodySection(title: string, { encodings, schema }: BodyModel, types: TypeText): string[] {
  const heading = `**${title}** ${encodings.map(codeSpan).join(', ')}`
  return [heading, '', ...(schema ? valueBody(schema, types) : [])]
}

function definitionBody(definition: DefinitionModel, types: TypeText, key?: string): string[] {
  if (definition.kind === 'permission-set') return ['Permission set.', '']
  const keys = key === undefined ? '' : `, key ${codeSpan(key)}`
  const heading = definition.kind === 'record' ? [`Record${keys}.`, ''] : []
  return [...heading, ...valueBody(definition.type, types)]
}

function valueBody(type: ValueType, types: TypeText): string[] {
  if (type.type !== 'object') return [`${capital(types.of(type))}.`, '']
  return type.properties.length === 0 ? ['Object.', ''] : members(type.properties, types)
}

/** A table of properties; those of nested objects follow with dotted names. */
function members(properties: readonly PropertyModel[], types: TypeText): string[] {
  const rows = flatten(properties, '').map(({ name, property }) => [
    codeSpan(name),
    `${types.of(property.type)}${property.nullable ? ' or null' : ''}`,
    property.required ? 'yes' : '',
    text(property.description),
  ])
  return table(['Name', 'Type', 'Required', 'Meaning'], rows)
}

function flatten(
  properties: readonly PropertyModel[],
  prefix: string,
): { readonly name: string; readonly property: PropertyModel }[] {
  return properties.flatMap((property) => {
    const { type } = property
    const inner = type.type === 'array' ? type.items : type
    const name = prefix + property.name
    const below = `${name}${type.type === 'array' ? '[]' : ''}.`
    const nested = inner.type === 'object' ? flatten(inner.properties, below) : []
    return [{ name, property }, ...nested]
  })
}

/** The key type in a record's document. */
function keyOf({ source }: DocumentModel): string | undefined {
  const { main } = source.defs
  return main?.type === 'record' ? main.key : undefined
}

function kindOf({ method, definitions }: DocumentModel): string {
  if (method) return method.kind
  const main = definitions.find(({ name }) => name === 'main')
  return main ? main.kind : 'definitions'
}

function summaryOf({ description, method, definitions }: DocumentModel): string | undefined {
  const main = definitions.find(({ name }) => name === 'main')
  return method?.description ?? main?.description ?? description
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

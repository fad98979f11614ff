import { StructureKind } from 'ts-morph'
import type { DocumentModel, Model } from '../ir/model.ts'
import { block, type Code, code, docs, join, key, name } from './code.ts'
import { constant, optional, property } from './declarations.ts'
import { type Module, valueFrom } from './module.ts'
import { lexicon, output, runtime } from './runtime-symbols.ts'
import type { Strictness } from './strictness.ts'
import type { Statement } from './structure.ts'

/** `lexicons.ts`: the documents, their registry, and `validate` for the guards of the types. */
export function emitLexiconsModule(everything: Model, strict: Strictness): Module {
  const model = { ...everything, documents: everything.documents.filter((one) => !one.trusted) }
  return {
    path: 'lexicons',
    about: 'all documents',
    declares: [
      ...['document', 'schemaDict', 'schemas', 'lexicons', 'validate', 'ids'],
      ...model.documents.map(({ alias }) => alias),
    ],
    statements: [
      DOCUMENT,
      ...model.documents.map(documentConstant),
      schemaDict(model),
      schemas(everything),
      registry(strict),
      VALIDATE,
      ids(model),
    ],
  }
}

//= function document(json: string): LexiconDoc {
//=   return JSON.parse(json) as LexiconDoc;
//= }
// The library's document type is narrower than the language: it lacks nested objects, for instance.
const DOCUMENT: Statement = {
  kind: StructureKind.Function,
  name: code`document`,
  parameters: [property('json', code`string`)],
  returnType: code`${lexicon.LexiconDoc}`,
  statements: [code`return JSON.parse(json) as ${lexicon.LexiconDoc};`],
}

//= const ComExampleGet: LexiconDoc = /* @__PURE__ */ document('{"lexicon":1,"id":"com.example.get",…}');
/**
 * Documents are stored as text: engines parse JSON faster than literals, and so does the parser that checks this
 * module. Cached, since most do not change between two runs.
 */
function documentConstant(document: DocumentModel): Statement {
  const known = remembered.get(document)
  if (known) return known
  const { alias, source } = document
  const value = code`document(${JSON.stringify(source)})`
  const statement = { ...constant(alias, code`${lexicon.LexiconDoc}`, value), isExported: false }
  remembered.set(document, statement)
  return statement
}
const remembered = new WeakMap<DocumentModel, Statement>()

//= export const schemaDict: {
//=   readonly ComExampleGet: LexiconDoc;
//= } = {
//=   ComExampleGet,
//= };
function schemaDict(model: Model): Code {
  const aliases = model.documents.map(({ alias }) => name(alias))
  const types = aliases.map((alias) => code`readonly ${alias}: ${lexicon.LexiconDoc};`)
  const values = aliases.map((alias) => code`${alias},`)
  return code`export const schemaDict: ${block(types)} = ${block(values)};`
}

//= export const schemas: LexiconDoc[] = Object.values(schemaDict);
function schemas(model: Model): Statement {
  return constant('schemas', code`${lexicon.LexiconDoc}[]`, allSchemas(model))
}

function allSchemas(model: Model): Code {
  const trusted = model.documents.filter((document) => document.trusted)
  const packages = [...new Set(trusted.map((document) => document.package ?? ''))].sort()
  if (packages.length === 0) return code`Object.values(schemaDict)`
  // Local documents come last, so that they override a package's documents of the same id.
  const all = packages.map(
    (from) => code`...${{ ...valueFrom(`${from}/lexicons`, 'schemas'), local: 'packageSchemas' }}`,
  )
  const entries = join([...all, code`...Object.values(schemaDict)`], ', ')
  return code`[...new Map([${entries}].map((one) => [one.id, one])).values()]`
}

//= export const lexicons: CompiledLexicons = new CompiledLexicons(schemas, validators, { blobs: true });
function registry(strict: Strictness): Statement {
  const { CompiledLexicons } = runtime
  const asked = Object.entries(strict).flatMap(([what, isAsked]) =>
    isAsked ? [code`${key(what)}: true`] : [],
  )
  const last = asked.length === 0 ? code`` : code`, { ${join(asked, ', ')} }`
  const registry = code`new ${CompiledLexicons}(schemas, ${output.validators}${last})`
  return {
    ...constant('lexicons', code`${CompiledLexicons}`, registry),
    docs: docs(
      'The registry of all documents, with the generated validators in front of the interpreter.',
    ),
  }
}

const VALIDATE: Statement = {
  kind: StructureKind.Function,
  isExported: true,
  docs: docs('Validates a value against a definition; a `$type` in it has to match.'),
  name: code`validate`,
  typeParameters: [code`T extends { $type?: string }`],
  parameters: [
    property('v', code`unknown`),
    property('id', code`string`),
    property('hash', code`string`),
    optional('requiredType', code`boolean`),
  ],
  returnType: code`${lexicon.ValidationResult}<T>`,
  statements: [
    code`const uri = hash === 'main' ? id : \`\${id}#\${hash}\`;`,
    code`return (requiredType ? ${output.is$typed} : ${output.maybe$typed})(v, id, hash)`,
    code`  ? (lexicons.validate(uri, v) as ${lexicon.ValidationResult}<T>)`,
    code`  : { success: false, error: new ${lexicon.ValidationError}(\`Must be an object with "\${uri}" $type property\`) };`,
  ],
}

//= export const ids = {
//=   ComExampleGet: 'com.example.get',
//= } as const;
function ids(model: Model): Code {
  const entries = model.documents.map(({ alias, nsid }) => code`${name(alias)}: ${nsid},`)
  return code`export const ids = ${block(entries)} as const;`
}

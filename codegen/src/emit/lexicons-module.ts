import type { Model } from '../ir/model.ts'
import type { LexiconDocument } from '../parse/schema.ts'
import { block, type Code, code, docComment, join, json, lines, name } from './code.ts'
import { type Module, valueFrom } from './module.ts'
import { lexicon, output, runtime } from './runtime-symbols.ts'
import type { Strictness } from './strictness.ts'

/** `lexicons.ts`: the documents themselves, their registry, and `validate` for the guards of the types. */
export function emitLexiconsModule(everything: Model, strict: Strictness): Module {
  const model = { ...everything, documents: everything.documents.filter((one) => !one.trusted) }
  return {
    path: 'lexicons',
    about: 'all documents',
    declares: ['document', 'schemaDict', 'schemas', 'lexicons', 'validate', 'ids'],
    statements: [
      DOCUMENT,
      schemaDict(model),
      schemas(everything),
      registry(strict),
      VALIDATE,
      ids(model),
    ],
  }
}

// The library's document type knows less than the language allows, nested objects for instance.
const DOCUMENT = code`function document(value: unknown): ${lexicon.LexiconDoc} {
  return value as ${lexicon.LexiconDoc}
}`

//= export const schemaDict: { readonly ComExampleGet: LexiconDoc } = {
//=   ComExampleGet: document({ lexicon: 1, id: 'com.example.get', … }),
//= }
function schemaDict(model: Model): Code {
  const types = model.documents.map(
    ({ alias }) => code`readonly ${name(alias)}: ${lexicon.LexiconDoc}`,
  )
  const values = model.documents.map(
    ({ alias, source }) => code`${name(alias)}: /* @__PURE__ */ document(${literal(source)}),`,
  )
  return code`export const schemaDict: ${block(types)} = ${block(values)}`
}

/** The text of a document, remembered for as long as the document is there. */
function literal(source: LexiconDocument): Code {
  const known = literals.get(source)
  if (known) return known
  const written = json(source)
  literals.set(source, written)
  return written
}
const literals = new WeakMap<LexiconDocument, Code>()

//= export const schemas: LexiconDoc[] = Object.values(schemaDict)
function schemas(model: Model): Code {
  const declaration = code`export const schemas: ${lexicon.LexiconDoc}[] = /* @__PURE__ */`
  const trusted = model.documents.filter((document) => document.trusted)
  const packages = [...new Set(trusted.map((document) => document.package ?? ''))].sort()
  if (packages.length === 0) return code`${declaration} Object.values(schemaDict)`
  // What is here comes last, so that it wins over what a package has under the same id.
  const all = packages.map(
    (from) => code`...${{ ...valueFrom(`${from}/lexicons`, 'schemas'), local: 'packageSchemas' }}`,
  )
  const entries = join([...all, code`...Object.values(schemaDict)`], ', ')
  return code`${declaration} [...new Map([${entries}].map((one) => [one.id, one])).values()]`
}

//= export const lexicons: CompiledLexicons = new CompiledLexicons(schemas, validators, { blobs: true })
function registry(strict: Strictness): Code {
  const { CompiledLexicons } = runtime
  const asked = Object.entries(strict).filter(([, isAsked]) => isAsked)
  const last = asked.length === 0 ? code`` : code`, ${json(Object.fromEntries(asked))}`
  return lines(
    docComment(
      'The registry of all documents, with the generated validators in front of the interpreter.',
    ),
    code`export const lexicons: ${CompiledLexicons} = /* @__PURE__ */ new ${CompiledLexicons}(schemas, ${output.validators}${last})`,
  )
}

const VALIDATE = lines(
  docComment(
    'Validates a value against a definition; its `$type`, where there is one, has to match.',
  ),
  code`export function validate<T extends { $type?: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: boolean,
): ${lexicon.ValidationResult}<T> {
  const uri = hash === 'main' ? id : \`\${id}#\${hash}\`
  return (requiredType ? ${output.is$typed} : ${output.maybe$typed})(v, id, hash)
    ? (lexicons.validate(uri, v) as ${lexicon.ValidationResult}<T>)
    : {
        success: false,
        error: new ${lexicon.ValidationError}(\`Must be an object with "\${uri}" $type property\`),
      }
}`,
)

//= export const ids = {
//=   ComExampleGet: 'com.example.get',
//= } as const
function ids(model: Model): Code {
  const entries = model.documents.map(({ alias, nsid }) => code`${name(alias)}: ${nsid},`)
  return code`export const ids = ${block(entries)} as const`
}

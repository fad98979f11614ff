import type { DefinitionModel, DocumentModel } from '../ir/model.ts'
import { type Code, code, docComment, lines, name } from './code.ts'
import { lexicon, output, runtime } from './runtime-symbols.ts'
import type { TypeWriter } from './type-expression.ts'

/** The statements of one definition, and the names they declare. */
export function emitDefinition(
  definition: DefinitionModel,
  document: DocumentModel,
  types: TypeWriter,
): { readonly statements: readonly Code[]; readonly declares: readonly string[] } {
  const { names } = definition
  switch (definition.kind) {
    case 'record':
    case 'object':
      return {
        statements: [
          interfaceOf(definition, types),
          guard(definition, document),
          validate(definition, document),
          assert(definition),
          ...recordAliases(definition),
        ],
        declares: [names.type, names.guard, names.validate, names.assert],
      }
    case 'token':
      return { statements: token(definition), declares: [names.constant, names.type] }
    case 'permission-set':
    case 'opaque':
      return { statements: [], declares: [] }
    case 'value':
      //= export type Labels = string[]
      return {
        statements: [
          lines(
            docComment(definition.description),
            code`export type ${name(names.type)} = ${types.value(definition.type)}`,
          ),
        ],
        declares: [names.type],
      }
  }
}

//= export interface ReplyRef {
//=   $type?: 'com.example.post#replyRef'
//=   root: string
//= }
function interfaceOf(definition: DefinitionModel, types: TypeWriter): Code {
  const { kind, uri, names, type } = definition
  const isRecord = kind === 'record'
  const $type = isRecord ? code`$type: ${uri}` : code`$type?: ${uri}`
  const properties = type.type === 'object' ? type.properties : []
  const own = properties.filter((property) => property.name !== '$type')
  const members = [$type, ...own.map((property) => types.property(property, 'filled-in'))]
  if (isRecord) members.push(code`[k: string]: unknown`)
  const body = types.members([], 'filled-in', ...members)
  return lines(
    docComment(definition.description),
    code`export interface ${name(names.type)} ${body}`,
  )
}

//= export function isReplyRef<V>(v: V): v is $TypedObject<V, 'com.example.post', 'replyRef'> {
//=   return is$typed(v, 'com.example.post', 'replyRef')
//= }
function guard({ name: hash, names }: DefinitionModel, { nsid }: DocumentModel): Code {
  return code`export function ${name(names.guard)}<V>(v: V): v is ${output.$TypedObject}<V, ${nsid}, ${hash}> {
  return ${output.is$typed}(v, ${nsid}, ${hash})
}`
}

//= export function validateReplyRef<V>(v: V): ValidationResult<ReplyRef & V> {
//=   return validate<ReplyRef & V>(v, 'com.example.post', 'replyRef')
//= }
function validate({ name: hash, kind, names }: DefinitionModel, { nsid }: DocumentModel): Code {
  const type = code`${name(names.type)} & V`
  const requireType = kind === 'record' ? code`, true` : code``
  return code`export function ${name(names.validate)}<V>(v: V): ${lexicon.ValidationResult}<${type}> {
  return ${output.validate}<${type}>(v, ${nsid}, ${hash}${requireType})
}`
}

//= /** Throws unless `validateReplyRef` accepts the value. Defaults are not filled in in it. */
//= export function assertReplyRef(v: unknown): asserts v is ReplyRef {
//=   assertValid(validateReplyRef(v))
//= }
function assert({ names }: DefinitionModel): Code {
  return lines(
    docComment(
      `Throws unless \`${names.validate}\` accepts the value. Defaults are not filled in in it.`,
    ),
    code`export function ${name(names.assert)}(v: unknown): asserts v is ${name(names.type)} {
  ${runtime.assertValid}(${name(names.validate)}(v))
}`,
  )
}

//= export { type Main as Record, isMain as isRecord, validateMain as validateRecord, … }
function recordAliases({ names }: DefinitionModel): Code[] {
  if (names.recordAlias === undefined) return []
  return [
    code`export { type ${name(names.type)} as Record, ${name(names.guard)} as isRecord, ${name(names.validate)} as validateRecord, ${name(names.assert)} as assertRecord }`,
  ]
}

//= /** Explicit content. */
//= export const EXPLICIT = 'com.example.defs#explicit'
//= export type Explicit = typeof EXPLICIT
function token({ description, names, type }: DefinitionModel): Code[] {
  if (type.type !== 'token') return []
  const constant = name(names.constant)
  const value = lines(docComment(description), code`export const ${constant} = ${type.uri}`)
  return names.constant === names.type
    ? [value, code`export type ${name(names.type)} = ${type.uri}`]
    : [value, code`export type ${name(names.type)} = typeof ${constant}`]
}

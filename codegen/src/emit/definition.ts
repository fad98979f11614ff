import { StructureKind, VariableDeclarationKind } from 'ts-morph'
import type { DefinitionModel, DocumentModel } from '../ir/model.ts'
import { NameScope } from '../ir/names.ts'
import { type Code, code, docs, name } from './code.ts'
import { interfaceOf, optional, property, typeAlias } from './declarations.ts'
import type { Declarations } from './module.ts'
import { lexicon, output, runtime } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'
import type { TypeWriter } from './type-expression.ts'

/** The statements of one definition, and the names they declare. */
export function emitDefinition(
  definition: DefinitionModel,
  document: DocumentModel,
  types: TypeWriter,
): Declarations {
  const { names } = definition
  const parameter = typeParameter(document)
  switch (definition.kind) {
    case 'record':
    case 'object':
      return {
        statements: [
          objectInterface(definition, types),
          guard(definition, document, parameter),
          validate(definition, document, parameter),
          assert(definition),
          ...recordAliases(definition),
        ],
        declares: [names.type, names.guard, names.validate, names.assert],
      }
    case 'token':
      return token(definition)
    case 'permission-set':
    case 'opaque':
      return { statements: [], declares: [] }
    case 'value':
      return {
        statements: [typeAlias(names.type, types.value(definition.type), definition.description)],
        declares: [names.type],
      }
  }
}

/** `//= V`, or another name where a definition has it, which the parameter would hide. */
function typeParameter({ definitions }: DocumentModel): Code {
  return name(new NameScope(definitions.map(({ names }) => names.type)).take('V'))
}

//= export interface ReplyRef {
//=   $type?: 'com.example.post#replyRef';
//=   root: string;
//= }
function objectInterface(definition: DefinitionModel, types: TypeWriter): Statement {
  const { kind, uri, names, type } = definition
  const isRecord = kind === 'record'
  const properties = type.type === 'object' ? type.properties : []
  const own = properties.filter((one) => one.name !== '$type')
  const $type = isRecord ? property('$type', code`${uri}`) : optional('$type', code`${uri}`)
  const all = [$type, ...types.properties(own, 'filled-in')]
  const shape = interfaceOf(names.type, all, definition.description)
  if (!isRecord) return shape
  const more = { keyName: code`k`, keyType: code`string`, returnType: code`unknown` }
  return { ...shape, indexSignatures: [more] }
}

//= export function isReplyRef<V>(v: V): v is $TypedObject<V, 'com.example.post', 'replyRef'> {
//=   return is$typed(v, 'com.example.post', 'replyRef');
//= }
function guard(
  { name: hash, names }: DefinitionModel,
  { nsid }: DocumentModel,
  parameter: Code,
): Statement {
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: name(names.guard),
    typeParameters: [parameter],
    parameters: [{ name: code`v`, type: parameter }],
    returnType: code`v is ${output.$TypedObject}<${parameter}, ${nsid}, ${hash}>`,
    statements: [code`return ${output.is$typed}(v, ${nsid}, ${hash});`],
  }
}

//= export function validateReplyRef<V>(v: V): ValidationResult<ReplyRef & V> {
//=   return validate<ReplyRef & V>(v, 'com.example.post', 'replyRef');
//= }
function validate(
  definition: DefinitionModel,
  { nsid }: DocumentModel,
  parameter: Code,
): Statement {
  const { name: hash, kind, names } = definition
  const type = code`${name(names.type)} & ${parameter}`
  const requireType = kind === 'record' ? code`, true` : code``
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: name(names.validate),
    typeParameters: [parameter],
    parameters: [{ name: code`v`, type: parameter }],
    returnType: code`${lexicon.ValidationResult}<${type}>`,
    statements: [code`return ${output.validate}<${type}>(v, ${nsid}, ${hash}${requireType});`],
  }
}

//= /** Throws unless `validateReplyRef` accepts the value. Defaults are not filled in in it. */
//= export function assertReplyRef(v: unknown): asserts v is ReplyRef {
//=   assertValid(validateReplyRef(v));
//= }
function assert({ names }: DefinitionModel): Statement {
  return {
    kind: StructureKind.Function,
    isExported: true,
    docs: docs(
      `Throws unless \`${names.validate}\` accepts the value. Defaults are not filled in in it.`,
    ),
    name: name(names.assert),
    parameters: [{ name: code`v`, type: code`unknown` }],
    returnType: code`asserts v is ${name(names.type)}`,
    statements: [code`${runtime.assertValid}(${name(names.validate)}(v));`],
  }
}

//= export { type Main as Record, isMain as isRecord, validateMain as validateRecord, … };
function recordAliases({ names }: DefinitionModel): Statement[] {
  if (names.recordAlias === undefined) return []
  const namedExports = [
    { isTypeOnly: true, name: name(names.type), alias: code`Record` },
    { name: name(names.guard), alias: code`isRecord` },
    { name: name(names.validate), alias: code`validateRecord` },
    { name: name(names.assert), alias: code`assertRecord` },
  ]
  return [{ kind: StructureKind.ExportDeclaration, namedExports }]
}

//= /** Explicit content. */
//= export const EXPLICIT = 'com.example.defs#explicit';
//= export type Explicit = typeof EXPLICIT;
function token({ description, names, type }: DefinitionModel): Declarations {
  if (type.type !== 'token') return { statements: [], declares: [] }
  const constant = name(names.constant)
  const isOneName = names.constant === names.type
  return {
    statements: [
      {
        kind: StructureKind.VariableStatement,
        isExported: true,
        docs: docs(description),
        declarationKind: VariableDeclarationKind.Const,
        declarations: [{ name: constant, initializer: code`${type.uri}` }],
      },
      typeAlias(names.type, isOneName ? code`${type.uri}` : code`typeof ${constant}`),
    ],
    declares: isOneName ? [names.type] : [names.constant, names.type],
  }
}

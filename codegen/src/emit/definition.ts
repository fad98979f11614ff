import { StructureKind, VariableDeclarationKind } from 'ts-morph'
import type { DefinitionModel, DocumentModel } from '../ir/model.ts'
import { code, docs, name } from './code.ts'
import { constant, interfaceOf, optional, property, typeAlias } from './declarations.ts'
import { describedBy, factsOf } from './facts.ts'
import { type Declarations, together } from './module.ts'
import { output, runtime } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'
import type { TypeWriter } from './type-expression.ts'

/** The statements of one definition, and the names they declare. */
export function emitDefinition(
  definition: DefinitionModel,
  document: DocumentModel,
  types: TypeWriter,
): Declarations {
  const { kind, names, type } = definition
  switch (kind) {
    case 'record':
    case 'object': {
      const shape = objectInterface(definition, document, types)
      const functions = [
        guard(definition, document),
        validate(definition, document),
        assert(definition),
        ...recordAliases(definition),
      ]
      return together([
        { declares: [names.type], statements: [shape] },
        types.takeUnions(),
        { declares: [names.guard, names.validate, names.assert], statements: functions },
      ])
    }
    case 'token':
      return token(definition)
    case 'permission-set':
    case 'opaque':
      return { statements: [], declares: [] }
    case 'value': {
      const about = describedBy(definition.description, factsOf(type))
      const value = types.value(type, { owner: names.type })
      const alias = { declares: [names.type], statements: [typeAlias(names.type, value, about)] }
      return together([alias, types.takeUnions()])
    }
  }
}

//= /** An answer. (key tid) */
//= export interface ReplyRef {
//=   $type?: 'com.example.post#replyRef';
//=   root: string;
//= }
function objectInterface(
  definition: DefinitionModel,
  { source }: DocumentModel,
  types: TypeWriter,
): Statement {
  const { name: hash, kind, uri, names, type, description } = definition
  const isRecord = kind === 'record'
  const properties = type.type === 'object' ? type.properties : []
  const own = properties.filter((one) => one.name !== '$type')
  const $type = isRecord ? property('$type', code`${uri}`) : optional('$type', code`${uri}`)
  const all = [$type, ...types.properties(own, { owner: names.type })]
  const schema = source.defs[hash]
  const key = schema?.type === 'record' && schema.key !== undefined ? [`key ${schema.key}`] : []
  const shape = interfaceOf(names.type, all, describedBy(description, key))
  if (!isRecord) return shape
  const more = { keyName: code`k`, keyType: code`string`, returnType: code`unknown` }
  return { ...shape, indexSignatures: [more] }
}

//= export const isReplyRef: Guard<ReplyRef> = /* @__PURE__ */ guard('com.example.post', 'replyRef');
function guard({ name: hash, names }: DefinitionModel, { nsid }: DocumentModel): Statement {
  const type = code`${runtime.Guard}<${name(names.type)}>`
  return constant(names.guard, type, code`${runtime.guard}(${nsid}, ${hash})`)
}

//= export const validateReplyRef: Validate<ReplyRef> = /* @__PURE__ */ validation(validate, 'com.example.post', 'replyRef');
function validate(
  { name: hash, kind, names }: DefinitionModel,
  { nsid }: DocumentModel,
): Statement {
  const type = code`${runtime.Validate}<${name(names.type)}>`
  const requireType = kind === 'record' ? code`, true` : code``
  const value = code`${runtime.validation}(${output.validate}, ${nsid}, ${hash}${requireType})`
  return constant(names.validate, type, value)
}

//= export const assertReplyRef: Assert<ReplyRef> = /* @__PURE__ */ assertion(validateReplyRef);
function assert({ names }: DefinitionModel): Statement {
  const value = code`${runtime.assertion}(${name(names.validate)})`
  return constant(names.assert, code`${runtime.Assert}<${name(names.type)}>`, value)
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

import {
  type InterfaceDeclarationStructure,
  type OptionalKind,
  type PropertySignatureStructure,
  StructureKind,
  type TypeAliasDeclarationStructure,
  VariableDeclarationKind,
  type VariableStatementStructure,
} from 'ts-morph'
import { type Code, code, docComment, docs, indent, join, lines, name } from './code.ts'
import type { Coded } from './structure.ts'

/** A property of an interface or an object type. */
export type Property = Coded<OptionalKind<PropertySignatureStructure>>

/** A name with its type, for properties and parameters. */
export interface Typed {
  readonly name: Code
  readonly type: Code
  readonly hasQuestionToken?: boolean
}

//= /** Where to answer. */
//= export type Labels = string[];
export function typeAlias(
  alias: string,
  type: Code,
  description?: string,
): Coded<TypeAliasDeclarationStructure> {
  return {
    kind: StructureKind.TypeAlias,
    isExported: true,
    name: name(alias),
    type,
    docs: docs(description),
  }
}

//= export const lexicons: Lexicons = /* @__PURE__ */ new Lexicons();
/** A constant that bundlers can drop if it is unused. */
export function constant(
  identifier: string,
  type: Code,
  value: Code,
): Coded<VariableStatementStructure> {
  return {
    kind: StructureKind.VariableStatement,
    isExported: true,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name: name(identifier), type, initializer: code`/* @__PURE__ */ ${value}` }],
  }
}

//= export interface ReplyRef {
//=   root: string;
//= }
export function interfaceOf(
  identifier: string,
  properties: readonly Property[],
  description?: string,
): Coded<InterfaceDeclarationStructure> {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: name(identifier),
    properties,
    docs: docs(description),
  }
}

/** `//= status: number`; a string is checked, a key must already be quoted. */
export function property(key: string | Code, type: Code): Typed {
  return { name: typeof key === 'string' ? name(key) : key, type }
}

/** `//= limit?: number` */
export function optional(key: string | Code, type: Code): Typed {
  return { ...property(key, type), hasQuestionToken: true }
}

//= {
//=   /** Maximum number of results. */
//=   limit?: number;
//= }
export function objectType(properties: readonly Property[]): Code {
  if (properties.length === 0) return code`{}`
  const members = properties.map((one) => {
    const mark = one.hasQuestionToken ? code`?` : code``
    return lines(
      ...(one.docs ?? []).map(docComment),
      code`${one.name}${mark}: ${one.type ?? code`any`};`,
    )
  })
  return code`{${indent(code`\n${join(members, '\n')}`)}\n}`
}

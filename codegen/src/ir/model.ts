import type { LexiconDocument, ScalarSchema } from '../parse/schema.ts'

/**
 * The resolved model: every reference leads to a definition that exists, and every name that will appear in
 * generated code is final and unique in its scope. Emitters only read it. It is plain frozen data.
 */
export interface Model {
  /** Sorted by NSID. */
  readonly documents: readonly DocumentModel[]
  /** The namespaces at the top of the tree, e.g. `com`. */
  readonly namespaces: readonly NamespaceModel[]
}

export interface DocumentModel {
  readonly nsid: string
  /** The name its module goes by in other modules, e.g. `ComAtprotoAccountCreate`. */
  readonly alias: string
  /** Path of its module below the output folder, without extension, e.g. `types/com/atproto/account/create`. */
  readonly module: string
  /** The package that already holds the module; it is imported from there and not written. */
  readonly package?: string
  /** The document itself was not given: only what others refer to in its package is known. */
  readonly trusted?: true
  readonly description?: string
  /** All definitions but a main query, procedure or subscription, in the order of the document. */
  readonly definitions: readonly DefinitionModel[]
  readonly method?: MethodModel
  /** The document itself, overlays applied. */
  readonly source: LexiconDocument
}

/** Names a definition anywhere in the model. */
export interface Address {
  readonly nsid: string
  readonly name: string
}

export interface DefinitionModel {
  readonly name: string
  readonly kind: 'record' | 'object' | 'value' | 'token' | 'permission-set' | 'opaque'
  /** Its `$type`: the NSID for main, else `nsid#name`. */
  readonly uri: string
  readonly description?: string
  readonly type: ValueType
  readonly names: DefinitionNames
}

/** The identifiers a definition gets in its module. */
export interface DefinitionNames {
  readonly type: string
  readonly guard: string
  readonly validate: string
  readonly assert: string
  /** Tokens: the constant that holds the token's URI. */
  readonly constant: string
  /** Records: the module exports the type under this name too, as lex-cli does. */
  readonly recordAlias?: string
}

export type ValueType = ScalarType | ArrayType | ObjectType | RefType | UnionType | TokenType

/** A scalar is its schema, with local references among enum and known values made absolute. */
export type ScalarType = ScalarSchema

export interface ArrayType {
  readonly type: 'array'
  readonly items: ValueType
  readonly minLength?: number
  readonly maxLength?: number
}

export interface ObjectType {
  readonly type: 'object'
  readonly properties: readonly PropertyModel[]
}

export interface RefType {
  readonly type: 'ref'
  readonly target: Address
}

export interface UnionType {
  readonly type: 'union'
  readonly closed: boolean
  readonly variants: readonly Address[]
}

export interface TokenType {
  readonly type: 'token'
  readonly uri: string
}

export interface PropertyModel {
  readonly name: string
  readonly type: ValueType
  readonly required: boolean
  readonly nullable: boolean
  /** True if validation fills the property in when it is absent. */
  readonly hasDefault: boolean
  readonly description?: string
}

export interface MethodModel {
  readonly kind: 'query' | 'procedure' | 'subscription'
  readonly description?: string
  /** Absent when the document declares no parameters, which is not the same as declaring none of them. */
  readonly parameters?: readonly PropertyModel[]
  readonly input?: BodyModel
  readonly output?: BodyModel
  /** Subscriptions: what one message is. */
  readonly message?: ValueType
  readonly errors: readonly ErrorModel[]
}

export interface BodyModel {
  /** The media types of `encoding`, in order; a wildcard such as `*\/*` stays as it is. */
  readonly encodings: readonly string[]
  readonly schema?: ValueType
  /** That of the body, or else of its schema. */
  readonly description?: string
}

export interface ErrorModel {
  readonly name: string
  readonly className: string
  readonly description?: string
}

export interface NamespaceModel {
  /** Dotted, e.g. `com.atproto`. */
  readonly path: string
  /** The property it is reached by on its parent. */
  readonly property: string
  /** e.g. `ComAtprotoNS` */
  readonly className: string
  /** e.g. `ComAtprotoHandlers` */
  readonly handlersName: string
  readonly children: readonly NamespaceModel[]
  readonly methods: readonly NamespaceMember[]
  readonly records: readonly NamespaceMember[]
}

/** A method, or the collection of a record. */
export interface NamespaceMember {
  readonly nsid: string
  /** The property it is reached by on its namespace. */
  readonly property: string
}

import type { LexiconDocument, ScalarSchema } from '../parse/schema.ts'

/**
 * The resolved model: every reference points to an existing definition, and every name in generated code is
 * final and unique in its scope. Emitters only read it. It is plain frozen data.
 */
export interface Model {
  /** Sorted by NSID. */
  readonly documents: readonly DocumentModel[]
  /** The top-level namespaces, e.g. `com`. */
  readonly namespaces: readonly NamespaceModel[]
}

export interface DocumentModel {
  readonly nsid: string
  /** The name of its module in imports, e.g. `ComAtprotoAccountCreate`. */
  readonly alias: string
  /** Path of its module below the output folder, without extension, e.g. `types/com/atproto/account/create`. */
  readonly module: string
  /**
   * The package that already contains the module, which is imported from there instead of written.
   */
  readonly package?: string
  /**
   * The document was not given: only the definitions of its package that others refer to are known.
   */
  readonly trusted?: true
  readonly description?: string
  /** All definitions except a main query, procedure or subscription, in document order. */
  readonly definitions: readonly DefinitionModel[]
  readonly method?: MethodModel
  /** The document with overlays applied. */
  readonly source: LexiconDocument
}

/** The address of a definition in the model. */
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

/** The identifiers of a definition in its module. */
export interface DefinitionNames {
  readonly type: string
  readonly guard: string
  readonly validate: string
  readonly assert: string
  /** Tokens: the constant that holds the token's URI. */
  readonly constant: string
  /** Records: an additional export of the type, as in lex-cli. */
  readonly recordAlias?: string
}

export type ValueType = ScalarType | ArrayType | ObjectType | RefType | UnionType | TokenType

/** A scalar is its schema, with local references in enum and known values made absolute. */
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
  /** True if validation fills in an absent property. */
  readonly hasDefault: boolean
  readonly description?: string
}

export interface MethodModel {
  readonly kind: 'query' | 'procedure' | 'subscription'
  readonly description?: string
  /** Undefined if the document declares no `parameters`, which differs from an empty declaration. */
  readonly parameters?: readonly PropertyModel[]
  readonly input?: BodyModel
  readonly output?: BodyModel
  /** Subscriptions: the type of a message. */
  readonly message?: ValueType
  readonly errors: readonly ErrorModel[]
}

export interface BodyModel {
  /** The media types of `encoding`, in order; wildcards such as `*\/*` are kept. */
  readonly encodings: readonly string[]
  readonly schema?: ValueType
  /** The description of the body, or else of its schema. */
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
  /** The property of its parent that holds it. */
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
  /** The property of its namespace that holds it. */
  readonly property: string
}

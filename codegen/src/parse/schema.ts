/**
 * The Lexicon language, version 1, as plain data: a checked document. Source:
 * https://atproto.com/specs/lexicon
 */
export interface LexiconDocument {
  readonly lexicon: 1
  readonly id: string
  readonly revision?: number
  readonly description?: string
  readonly defs: { readonly [name: string]: Definition }
}

export type Definition =
  | RecordDefinition
  | QueryDefinition
  | ProcedureDefinition
  | SubscriptionDefinition
  | PermissionSetDefinition
  | TokenDefinition
  | ObjectSchema
  | ArraySchema
  | ScalarSchema

/** Types that may describe a value in properties, items and bodies. */
export type Schema = ScalarSchema | ArraySchema | ObjectSchema | RefSchema | UnionSchema

export type ScalarSchema =
  | BooleanSchema
  | IntegerSchema
  | StringSchema
  | BytesSchema
  | { readonly type: 'cid-link'; readonly description?: string }
  | BlobSchema
  | { readonly type: 'unknown'; readonly description?: string }

export interface BooleanSchema {
  readonly type: 'boolean'
  readonly description?: string
  readonly default?: boolean
  readonly const?: boolean
}

export interface IntegerSchema {
  readonly type: 'integer'
  readonly description?: string
  readonly default?: number
  readonly const?: number
  readonly enum?: readonly number[]
  readonly minimum?: number
  readonly maximum?: number
}

export interface StringSchema {
  readonly type: 'string'
  readonly description?: string
  readonly format?: string
  readonly default?: string
  readonly const?: string
  readonly enum?: readonly string[]
  readonly knownValues?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minGraphemes?: number
  readonly maxGraphemes?: number
}

export interface BytesSchema {
  readonly type: 'bytes'
  readonly description?: string
  readonly minLength?: number
  readonly maxLength?: number
}

export interface BlobSchema {
  readonly type: 'blob'
  readonly description?: string
  readonly accept?: readonly string[]
  readonly maxSize?: number
}

export interface ArraySchema {
  readonly type: 'array'
  readonly description?: string
  readonly items: Schema
  readonly minLength?: number
  readonly maxLength?: number
}

export interface ObjectSchema {
  readonly type: 'object'
  readonly description?: string
  readonly required?: readonly string[]
  readonly nullable?: readonly string[]
  readonly properties?: { readonly [name: string]: Schema }
}

export interface RefSchema {
  readonly type: 'ref'
  readonly description?: string
  readonly ref: string
}

export interface UnionSchema {
  readonly type: 'union'
  readonly description?: string
  readonly refs: readonly string[]
  readonly closed?: boolean
}

export interface TokenDefinition {
  readonly type: 'token'
  readonly description?: string
}

export interface RecordDefinition {
  readonly type: 'record'
  readonly description?: string
  readonly key?: string
  readonly record: ObjectSchema
}

export interface ParamsSchema {
  readonly type: 'params'
  readonly description?: string
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: Schema }
}

export interface Body {
  readonly description?: string
  readonly encoding: string
  readonly schema?: ObjectSchema | RefSchema | UnionSchema
}

export interface DeclaredErrorSchema {
  readonly name: string
  readonly description?: string
}

export interface QueryDefinition {
  readonly type: 'query'
  readonly description?: string
  readonly parameters?: ParamsSchema
  readonly output?: Body
  readonly errors?: readonly DeclaredErrorSchema[]
}

export interface ProcedureDefinition extends Omit<QueryDefinition, 'type'> {
  readonly type: 'procedure'
  readonly input?: Body
}

export interface SubscriptionDefinition {
  readonly type: 'subscription'
  readonly description?: string
  readonly parameters?: ParamsSchema
  readonly message?: {
    readonly description?: string
    readonly schema?: UnionSchema | RefSchema | ObjectSchema
  }
  readonly errors?: readonly DeclaredErrorSchema[]
}

export interface PermissionSetDefinition {
  readonly type: 'permission-set'
  readonly description?: string
  readonly title?: string
  readonly detail?: string
  /** Translated titles and details by language tag. */
  readonly 'title:lang'?: { readonly [tag: string]: string }
  readonly 'detail:lang'?: { readonly [tag: string]: string }
  readonly permissions: readonly object[]
}

import type { CallError, CallErrorSource } from './call-error.ts'

/** Encodes and decodes one kind of body. */
export interface Codec {
  /** The media type it writes, if always the same. */
  readonly type?: string
  encode(data: unknown): unknown
  /** @throws TypeError for a body of another media type, SyntaxError for a malformed one */
  decode(body: Uint8Array, type: string): unknown
}

/** A generated validator; returns `undefined` if it does not accept the value. */
export type AnswerValidator = (value: unknown) => object | undefined

/** The class of a declared error. */
export interface DeclaredErrorClass {
  readonly declared?: string
  new (source?: CallErrorSource<never>): CallError
}

/** A method as a call needs it. One constant is generated per method. */
export interface Method {
  readonly nsid: string
  readonly type: 'query' | 'procedure'
  readonly input?: Codec
  /** The media type of the input, if there is only one and it differs from the codec's. */
  readonly encoding?: string
  /** Absent if answers have no body; an unexpected body is not read. */
  readonly output?: Codec
  readonly errors?: readonly DeclaredErrorClass[]
}

/** A query. `$types` exists only for the type checker and never has a value. */
export interface Query<Params, Output> extends Method {
  readonly type: 'query'
  readonly $types?: { readonly params: Params; readonly output: Output }
}

/** A procedure. `$types` exists only for the type checker and never has a value. */
export interface Procedure<Input, Output, Params> extends Method {
  readonly type: 'procedure'
  readonly $types?: { readonly input: Input; readonly output: Output; readonly params: Params }
}

/** The input of a method without a schema: bytes in any form that the platform can send. */
export type Bytes = string | Uint8Array | Blob | FormData | ReadableStream<Uint8Array>

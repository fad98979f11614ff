import type { CallError, CallErrorSource } from './call-error.ts'

/** Writes and reads one kind of body. */
export interface Codec {
  /** The media type of what it writes, if that is always the same. */
  readonly type?: string
  encode(data: unknown): unknown
  /** @throws TypeError for a body of another kind, SyntaxError for one that is broken */
  decode(body: Uint8Array, type: string): unknown
}

/** A generated validator: `undefined` for a value that it does not accept. */
export type AnswerValidator = (value: unknown) => object | undefined

/** The class of a declared error. */
export interface DeclaredErrorClass {
  readonly declared?: string
  new (source?: CallErrorSource<never>): CallError
}

/** Everything that a call has to know of a method. One constant is generated for each. */
export interface Method {
  readonly nsid: string
  readonly type: 'query' | 'procedure'
  readonly input?: Codec
  /** The media type of the input, if there is only one and the codec has another or none. */
  readonly encoding?: string
  /** Absent if an answer has no body; one that comes nonetheless is not read. */
  readonly output?: Codec
  readonly errors?: readonly DeclaredErrorClass[]
}

/** A query. `$types` is there for types alone and never has a value. */
export interface Query<Params, Output> extends Method {
  readonly type: 'query'
  readonly $types?: { readonly params: Params; readonly output: Output }
}

/** A procedure. `$types` is there for types alone and never has a value. */
export interface Procedure<Input, Output, Params> extends Method {
  readonly type: 'procedure'
  readonly $types?: { readonly input: Input; readonly output: Output; readonly params: Params }
}

/** The input of a method that has no schema for it: bytes, in any form that the platform can send. */
export type Bytes = string | Uint8Array | Blob | FormData | ReadableStream<Uint8Array>

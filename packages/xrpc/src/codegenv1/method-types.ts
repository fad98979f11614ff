import type { HeadersMap } from '@atproto/xrpc'

/**
 * Types for generated method modules: a handler's input and output, and the arguments and results of calls.
 */

/** A body with its media type, as passed to a handler. */
export interface InputBody<Encoding extends string, Body> {
  encoding: Encoding
  body: Body
}

/** A body with its media type, as returned by a handler. */
export interface OutputBody<Encoding extends string, Body> {
  encoding: Encoding
  body: Body
  headers?: { [key: string]: string }
}

/** An error that a handler returns instead of throwing it. */
export interface ErrorAnswer {
  status: number
  message?: string
}

/** An error that a handler returns, with a name its method declares. */
export interface DeclaredAnswer<Name extends string> extends ErrorAnswer {
  error?: Name
}

/** Input of a call: keys with a default may be omitted. */
export type Defaulted<Values, Keys extends keyof Values> = {
  [Key in keyof Values as Key extends Keys ? never : Key]: Values[Key]
} & { [Key in Keys]?: Values[Key] }

/** Options of a call. */
export interface CallSettings {
  signal?: AbortSignal
  headers?: HeadersMap
}

/** Options of a call with a body. */
export interface InputSettings<Encoding extends string> extends CallSettings {
  encoding?: Encoding
}

/** Options of a call of a procedure with parameters. */
export interface ParamsSettings<Params> extends CallSettings {
  qp?: Params
}

/** The answer of a method without output. */
export interface EmptyResponse {
  success: boolean
  headers: HeadersMap
}

/** The answer of a method with output. */
export interface DataResponse<Data> extends EmptyResponse {
  data: Data
}

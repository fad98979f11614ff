import type { HeadersMap } from '@atproto/xrpc'

/** The types that the module of a method names: what its handler gets and gives, and what its caller does. */

/** A body with its media type, as a handler gets it. */
export interface InputBody<Encoding extends string, Body> {
  encoding: Encoding
  body: Body
}

/** A body with its media type, as a handler gives it. */
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

/** An error that a handler returns, by a name that its method declares. */
export interface DeclaredAnswer<Name extends string> extends ErrorAnswer {
  error?: Name
}

/** Input of a call: keys with a default may be left out. */
export type Defaulted<Values, Keys extends keyof Values> = {
  [Key in keyof Values as Key extends Keys ? never : Key]: Values[Key]
} & { [Key in Keys]?: Values[Key] }

/** How to make a call. */
export interface CallSettings {
  signal?: AbortSignal
  headers?: HeadersMap
}

/** How to make a call with a body. */
export interface InputSettings<Encoding extends string> extends CallSettings {
  encoding?: Encoding
}

/** How to make a call of a procedure that has parameters. */
export interface ParamsSettings<Params> extends CallSettings {
  qp?: Params
}

/** The answer to a call whose method has no output. */
export interface EmptyResponse {
  success: boolean
  headers: HeadersMap
}

/** The answer to a call. */
export interface DataResponse<Data> extends EmptyResponse {
  data: Data
}

/**
 * A client over `fetch` for small bundles, used by generated calls. The entry is versioned: calls generated for it
 * work as long as it exists.
 */
export { CallError, type CallErrorSource } from './call-error.ts'
export { checked } from './checked.ts'
export {
  type Answer,
  type CallOptions,
  Client,
  type ClientOptions,
  type ProcedureArguments,
  type ProcedureOptions,
  type QueryArguments,
} from './client.ts'
export { bytes, json } from './codecs.ts'
export type {
  AnswerValidator,
  Bytes,
  Codec,
  DeclaredErrorClass,
  Method,
  Procedure,
  Query,
} from './method.ts'
export type { FetchHandler, Service } from './service.ts'

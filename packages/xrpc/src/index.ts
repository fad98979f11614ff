/** The runtime for hand-written code: what a service imports besides its generated modules. */
export { DeclaredError, type DeclaredErrorOptions } from './codegenv1/declared-error.ts'
export type { FetchContext, FetchHandler } from './http/fetch.ts'
export type { ConnectionLimits, ListenOptions, RunningServer } from './http/listen.ts'
export type { ListenerOptions } from './http/listener.ts'
export type { CallObserver, ObservedCall, Outcome } from './observe/observer.ts'
export type { RequestLogger } from './server/adapter/express-messages.ts'
export { type Implementable, implement } from './server/implement.ts'
export { XrpcService } from './server/xrpc-service.ts'

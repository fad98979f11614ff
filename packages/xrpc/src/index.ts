/** The runtime for hand-written code: imports of a service besides its generated modules. */
export { DeclaredError, type DeclaredErrorOptions } from './codegenv1/declared-error.ts'
export type { CorsOptions } from './http/cors.ts'
export type { FetchContext, FetchHandler } from './http/fetch.ts'
export type { ConnectionLimits, ListenOptions, RunningServer } from './http/listen.ts'
export type { ListenerOptions, XrpcListener } from './http/listener.ts'
export type { Middleware, Next } from './http/middleware.ts'
export type { AttachedSubscriptions, SubscriberLimits } from './http/subscribers.ts'
export type { CallObserver, ObservedCall, Outcome } from './observe/observer.ts'
export type { RequestLogger } from './server/adapter/express-messages.ts'
export { type Implementable, implement } from './server/implement.ts'
export { intercept, type MethodInterceptor, type MethodName } from './server/intercept.ts'
export type { AnyCall, AnyInterceptor, AnyResult, Interceptor } from './server/interceptors.ts'
export type { MethodConfigOrHandler, MethodSettings } from './server/method-config.ts'
export { XrpcService } from './server/xrpc-service.ts'
export {
  EventLog,
  type EventLogOptions,
  type EventStore,
  type OutdatedCursor,
} from './subscriptions/event-log.ts'

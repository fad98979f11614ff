/** The runtime for hand-written code: what a service imports besides its generated modules. */
export { DeclaredError, type DeclaredErrorOptions } from './codegenv1/declared-error.ts'
export { type Implementable, implement } from './codegenv1/implement.ts'
export { XrpcService } from './codegenv1/xrpc-service.ts'
export type { ConnectionLimits, ListenOptions, RunningServer } from './lane/listen.ts'
export type { ListenerOptions } from './lane/listener.ts'
export { CallMetrics, type MethodMetrics } from './lane/observe/call-metrics.ts'
export type { CallObserver, ObservedCall } from './lane/observe/observer.ts'
export type { RequestLogger } from './lane/shapes.ts'

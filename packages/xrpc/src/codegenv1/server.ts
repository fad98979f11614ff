/** Runtime of generated servers; versioned like `codegenv1` itself. */
export type {
  Auth,
  ErrorFrame,
  MethodHandler,
  Options,
  Server,
  StreamConfig,
  StreamHandler,
} from '@atproto/xrpc-server'
export { implement } from '../server/implement.ts'
export type {
  MethodConfig,
  MethodConfigOrHandler,
  MethodSettings,
} from '../server/method-config.ts'
export { XrpcService } from '../server/xrpc-service.ts'

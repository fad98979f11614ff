/** What generated servers stand on; versioned like the entry beside it. */
export { implement } from '../server/implement.ts'
export type {
  MethodConfig,
  MethodConfigOrHandler,
  MethodSettings,
} from '../server/method-config.ts'
export { XrpcService } from '../server/xrpc-service.ts'

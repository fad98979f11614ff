/** What generated servers stand on; versioned like the entry beside it. */
export { implement } from './implement.ts'
export { XrpcService } from './xrpc-service.ts'

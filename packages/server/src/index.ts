export { type Config, loadConfig } from './config/load-config.ts'
export { ConfigError, type Problem } from './config/problems.ts'
export { type ConnectionCounts, type Database, DatabaseError } from './database/database.ts'
export { LockedError } from './database/directory-lock.ts'
export { ListenError } from './http/http-server.ts'
export { createLogger, type LoggerOptions } from './logging/logger.ts'
export {
  createReferencePage,
  type OpenApiDocument,
  type ReferenceHandler,
  type ReferencePageOptions,
} from './pages/reference-page.ts'
export type { RunningAccountServer, ServerParts } from './serve-accounts.ts'
export { startServer } from './start-server.ts'

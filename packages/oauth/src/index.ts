export type { Permissions } from './auth/permissions.ts'
export type {
  AppAuth,
  AppVerifiers,
  MethodRule,
  SessionCredentials,
} from './auth/verifiers.ts'
export type { AppAccount, AppCredentials, AuthContext } from './auth/verify-app.ts'
export {
  type AuthorizationServer,
  createAuthorizationServer,
} from './create-authorization-server.ts'
export {
  createResourceServer,
  type ResourceServer,
  type ResourceServerOptions,
} from './create-resource-server.ts'
export type { OAuthMiddleware } from './http/middleware.ts'
export type { AppSession, Browser, OAuthCounts, OAuthOperator } from './operator.ts'
export type {
  AuthorizationServerOptions,
  Branding,
  BrandingLink,
  RefreshGrace,
} from './options.ts'
export { migrateOAuth } from './store/migrate.ts'
export { sweepOAuth } from './sweep.ts'

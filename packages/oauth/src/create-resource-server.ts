import { AuthRequiredError } from '@atproto/xrpc-server'
import { admitApp, demandRule, type MethodRule } from './auth/verifiers.ts'
import {
  type AppAccount,
  type AppCredentials,
  type AuthContext,
  isOfApp,
  type Resource,
} from './auth/verify-app.ts'
import type { OAuthMiddleware } from './http/middleware.ts'
import { ownPath } from './http/paths.ts'
import { serveResourceMetadata } from './http/resource-metadata.ts'
import { once } from './once.ts'
import { checkSecrets } from './secrets.ts'

export interface ResourceServerOptions {
  /** The authorization server, which has this server among its `audience` and knows `resources` elsewhere. */
  readonly issuer: string
  /** Its public keys as JWK, newest first: list a new one before it signs, and the old one until its last tokens are over. */
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  /** The DID of this server. */
  readonly audience: string
  /** The origin of this server. */
  readonly publicUrl: string
  /** Secrets of 32 bytes or more, newest first, for nonces; all processes of this server have the same. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** Remembers proofs for all processes; each remembers its own when not given. */
  readonly replays?: { claim(key: string, expiresAt: Date): Promise<boolean> | boolean }
  /** The account of a token. Undefined refuses it: tokens themselves cannot be taken back before they end. */
  readonly findAccount: (did: string) => Promise<AppAccount | undefined>
}

/** A server that takes tokens of an authorization server elsewhere. */
export interface ResourceServer {
  /** Serves `/.well-known/oauth-protected-resource`, and passes everything else on. */
  readonly middleware: OAuthMiddleware
  readonly auth: {
    /** As `AuthorizationServer.auth.method`, for tokens of apps alone. */
    method<Context extends AuthContext>(
      rule: MethodRule<Context>,
    ): (context: Context) => Promise<{ readonly credentials: AppCredentials }>
  }
}

/** @throws {RangeError} when a secret is unusable. */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  const { issuer, publicUrl, audience, findAccount } = options
  checkSecrets(options.secrets)
  const resource: Resource = {
    url: publicUrl,
    audience,
    findAccount,
    load: once(async () => {
      const { createVerifier } = await import('./provider/create-verifier.ts')
      return { provider: await createVerifier(options) }
    }),
  }
  return {
    middleware: (req, res, next) => {
      if (ownPath(req.url ?? '')?.kind !== 'resource-metadata') next?.()
      else serveResourceMetadata({ issuer, resource: publicUrl }, req, res)
    },
    auth: {
      method: (rule) => {
        demandRule(rule)
        return async (context) => {
          if (!isOfApp(context)) throw new AuthRequiredError('A token is required', 'AuthMissing')
          return { credentials: await admitApp(resource, rule, context) }
        }
      },
    },
  }
}

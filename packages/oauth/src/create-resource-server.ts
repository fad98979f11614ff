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
  /**
   * Issuer URL of the authorization server, whose `resources` are `elsewhere` and whose `audience`
   * includes this server.
   */
  readonly issuer: string
  /**
   * Its public keys as JWK, newest first. Add a new key before it signs, and keep the old one until
   * its last tokens expire.
   */
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  /** DID of this server. */
  readonly audience: string
  /** Origin of this server. */
  readonly publicUrl: string
  /**
   * Secrets for nonces, at least 32 bytes each, newest first; the same in all processes of this
   * server.
   */
  readonly secrets: readonly (string | Uint8Array)[]
  /** Shared store of used DPoP proofs; per process by default. */
  readonly replays?: { claim(key: string, expiresAt: Date): Promise<boolean> | boolean }
  /**
   * Finds the account of a token; undefined refuses it, since tokens cannot be revoked before they
   * expire.
   */
  readonly findAccount: (did: string) => Promise<AppAccount | undefined>
}

/** A server that accepts tokens of an authorization server elsewhere. */
export interface ResourceServer {
  /** Serves `/.well-known/oauth-protected-resource` and calls `next` for other paths. */
  readonly middleware: OAuthMiddleware
  readonly auth: {
    /** Like `AuthorizationServer.auth.method`, for tokens of apps only. */
    method<Context extends AuthContext>(
      rule: MethodRule<Context>,
    ): (context: Context) => Promise<{ readonly credentials: AppCredentials }>
  }
}

/** @throws {RangeError} if a secret is invalid. */
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

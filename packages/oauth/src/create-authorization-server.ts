import { extensionOf } from '@lexwright/account/extension'
import { createAdmission } from './auth/admit-apps.ts'
import { type AppVerifiers, createVerifiers } from './auth/verifiers.ts'
import type { Resource } from './auth/verify-app.ts'
import { createMiddleware, type OAuthMiddleware } from './http/middleware.ts'
import { once } from './once.ts'
import { createOAuthOperator, type OAuthOperator } from './operator.ts'
import type { AuthorizationServerOptions } from './options.ts'
import { checkSecrets, createCookieKeys } from './secrets.ts'
import { oauthMigrations } from './store/migrations.ts'
import { createOAuthStore } from './store/store.ts'
import { createSweeps, sweepDead, sweepExpired } from './sweep.ts'

/** OAuth for apps with the accounts of the module, in the profile of the AT Protocol. */
export interface AuthorizationServer {
  /**
   * Serves `/oauth/…`, `/account`, the files of the pages and both well-known documents, and calls
   * `next` for other paths. Must precede middleware that reads bodies.
   */
  readonly middleware: OAuthMiddleware
  /** Verifiers for the host's own methods. */
  readonly auth: AppVerifiers
  readonly operator: OAuthOperator
  /**
   * Brings the tables up to date, after those of the account module, and returns the names of the
   * applied migrations.
   */
  migrate(): Promise<readonly string[]>
  /**
   * Loads the provider and starts removing expired rows. An earlier request also loads it.
   *
   * @throws the provider's error if an option is invalid.
   */
  start(): Promise<void>
  /** Runs all due jobs once, for hosts with a scheduler of their own. */
  runDueJobs(): Promise<void>
  /** Stops background work once the current run is done. Final. */
  stop(): Promise<void>
}

/**
 * Creates the authorization server without side effects: the provider is loaded with the first
 * request or by `start`.
 *
 * @throws {RangeError} if a secret or the issuer is invalid.
 */
export function createAuthorizationServer(
  options: AuthorizationServerOptions,
): AuthorizationServer {
  const { accounts, issuer } = options
  checkSecrets(options.secrets)
  checkIssuer(issuer)
  const extension = extensionOf(accounts)
  const store = createOAuthStore(extension.queries, options.refreshGrace)
  const load = once(async () => {
    const { createProvider } = await import('./provider/create-provider.ts')
    return await createProvider(options, store)
  })
  const resource: Resource = {
    url: extension.policy.publicUrl,
    audience: extension.policy.serviceDid,
    load,
    findAccount: (did) => store.devices.findAccount({ did, deviceId: undefined, now: new Date() }),
  }
  extension.admitApps(createAdmission(resource))
  const sweeps = createSweeps({ extension, store })

  return {
    middleware: createMiddleware({
      extension,
      issuer,
      cookieKeys: createCookieKeys(options.secrets),
      findScope: options.scopeReferences ? store.scopes.find : undefined,
      load,
    }),
    auth: createVerifiers(accounts, resource),
    operator: createOAuthOperator(accounts, extension, store),
    migrate: () => extension.migrate(oauthMigrations),
    start: async () => {
      await load()
      for (const sweep of sweeps) sweep.start()
    },
    runDueJobs: async () => {
      await sweepExpired({ extension, store })
      await sweepDead({ store, extension })
    },
    stop: async () => {
      await Promise.all(sweeps.map((sweep) => sweep.stop()))
    },
  }
}

function checkIssuer(issuer: string): void {
  const url = URL.parse(issuer)
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  const isUsable = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)
  if (url?.origin === issuer && isUsable) return
  throw new RangeError(
    `issuer must be an https origin, or an http one on a loopback host, without a trailing slash: ${issuer}`,
  )
}

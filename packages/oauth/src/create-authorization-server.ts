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

/** Lets people sign in to apps with their accounts: OAuth as the AT Protocol has it. */
export interface AuthorizationServer {
  /**
   * Serves `/oauth/…`, `/account`, the pages' files and both well-known documents, and passes everything else on. Goes before
   * whatever reads bodies.
   */
  readonly middleware: OAuthMiddleware
  /** Verifiers for the host's own methods. */
  readonly auth: AppVerifiers
  readonly operator: OAuthOperator
  /** Brings the tables up to date, once those of the account module are, and returns the names of the steps it took. */
  migrate(): Promise<readonly string[]>
  /**
   * Loads the provider, and starts to remove what has expired. A request that comes before loads it as well.
   *
   * @throws what is wrong with the options, in the provider's words.
   */
  start(): Promise<void>
  /** Does what is due now, for a host that runs jobs in its own way. */
  runDueJobs(): Promise<void>
  /** Ends the background work, once what is under way is done. Final. */
  stop(): Promise<void>
}

/**
 * Creates the authorization server. Nothing happens yet: the provider is loaded with the first request, or by `start`.
 *
 * @throws {RangeError} when a secret or the issuer is unusable.
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
    `issuer must be an https origin, or an http one on a loopback host, without a slash at the end: ${issuer}`,
  )
}

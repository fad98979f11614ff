import { createHash } from 'node:crypto'
import { oauthMiddleware } from '@atproto/oauth-provider/middleware'
import {
  AccessTokenMode,
  JoseKey,
  type Keyset,
  LexResolver,
  OAuthProvider,
  safeFetchWrap,
} from '@atproto/oauth-provider/provider'
import { type AccountExtension, extensionOf, type Logger } from '@lexwright/account/extension'
import type { AuthorizationServerOptions } from '../options.ts'
import { currentRequest, isTokenRequest } from '../request-context.ts'
import { deriveKey } from '../secrets.ts'
import type { OAuthStore } from '../store/store.ts'
import { type Account, accountMaker } from './account.ts'
import { createAccountStore } from './account-store.ts'
import { createDeviceStore } from './device-store.ts'
import { answering } from './errors.ts'
import { createLexiconStore, createReplayStore, withFailuresAsNotFound } from './lexicon-store.ts'
import { rememberingKeyset } from './remembering-keyset.ts'
import { createRequestStore } from './request-store.ts'
import { tokenFirst } from './token-first.ts'
import { createTokenStore } from './token-store.ts'

/** The running provider and the handler of its paths. */
export interface Provider {
  readonly provider: OAuthProvider
  readonly handler: ReturnType<typeof oauthMiddleware>
}

/** Maximum lifetime of tokens that cannot be looked up, in seconds. */
const ELSEWHERE_SECONDS = 15 * 60
const HERE_SECONDS = 60 * 60

/** Creates the provider on this store. This module and those beside it are loaded on first use. */
export async function createProvider(
  options: AuthorizationServerOptions,
  store: OAuthStore,
): Promise<Provider> {
  const { accounts, issuer, secrets, branding, signUp = true, resources = 'here' } = options
  const extension = extensionOf(accounts)
  const { policy, logger } = extension
  const safeFetch = options.safeFetch ?? safeFetchWrap()
  const toAccount = accountMaker(options.audience ?? (() => policy.serviceDid))
  const epochs = new WeakMap<Account, number>()
  const signedIn = ({ account, deviceId }: { account: Account; deviceId: string }) =>
    answering('request', async () => {
      const epoch = epochs.get(account)
      if (epoch === undefined) throw new TypeError('An account signed in without its password')
      await store.devices.signIn({ deviceId, did: account.did, epoch, at: new Date() })
    })
  const [secret = ''] = secrets

  const provider = new OAuthProvider({
    issuer,
    keyset: await createKeyset(options),
    dpopSecret: deriveKey(secret, 'nonces'),
    accessTokenMode: resources === 'here' ? AccessTokenMode.stateful : AccessTokenMode.stateless,
    tokenMaxAge: tokenSeconds(options) * 1000,
    ...(resources === 'here' && { metadata: { protected_resources: [policy.publicUrl] } }),
    safeFetch,
    lexResolver: withFailuresAsNotFound(
      options.lexResolver ?? new LexResolver({ fetch: safeFetch }),
      lookupLimit(extension),
    ),
    // One combined object: the constructor checks that every method of its stores exists.
    store: {
      ...createAccountStore({
        service: accounts.service,
        store,
        toAccount,
        caller: () => callerOf(extension),
        signUp,
        proven: (account, epoch) => void epochs.set(account, epoch),
      }),
      ...createDeviceStore(store),
      ...createLexiconStore(store),
      ...createReplayStore(store),
      ...createRequestStore(store),
      ...createTokenStore(store, toAccount),
    },
    inviteCodeRequired: policy.inviteRequired,
    ...(signUp && { availableUserDomains: [...policy.handles.domains] }),
    ...(branding && { branding: branding as never }),
    ...(options.scopeReferences && {
      onCreateToken: ({ claims }) => withReference(claims, { store, logger }),
    }),
    onSignedIn: signedIn,
    onSignedUp: signedIn,
    onAuthorized: async ({ parameters }) => {
      const context = currentRequest()
      if (context !== undefined) context.granted = new Set(parameters.scope?.split(' '))
    },
  })
  const handler = oauthMiddleware(provider, {
    onError: (req, res, err, message) => {
      const path = req.url?.split('?', 1)[0]
      // Only the answer tells errors of clients, such as invalid input, from others. An unavailable
      // database is logged where it is noticed.
      res.once('close', () => {
        if (res.statusCode === 500) logger.error({ err, path }, message)
      })
    },
  })
  return { provider: tokenFirst(provider), handler }
}

/** @throws {RangeError} */
function tokenSeconds({
  accessTokenTtl,
  resources = 'here',
}: Pick<AuthorizationServerOptions, 'accessTokenTtl' | 'resources'>): number {
  const most = resources === 'here' ? Number.POSITIVE_INFINITY : ELSEWHERE_SECONDS
  const seconds = accessTokenTtl ?? Math.min(HERE_SECONDS, most)
  if (seconds >= 1 && seconds <= most) return seconds
  throw new RangeError(`accessTokenTtl must be from 1 to ${most} seconds`)
}

/**
 * Longest scope kept in a token, in characters: the token is sent in a header of each call, and
 * servers limit headers.
 */
const LONG_SCOPE = 1_000

/** Replaces a long scope by a reference to it. */
async function withReference<Claims extends { readonly scope?: string }>(
  claims: Claims,
  { store, logger }: { readonly store: OAuthStore; readonly logger: Logger },
): Promise<Claims> {
  const { scope = '' } = claims
  if (scope.length <= LONG_SCOPE) return claims
  try {
    return { ...claims, scope: await store.scopes.refer(scope, new Date()) }
  } catch (err) {
    // The session is already stored, so the token is issued anyway, with the scope in it.
    logger.warn({ err }, 'a scope could not be stored; its token contains it')
    return claims
  }
}

/**
 * Counts each lookup of a permission set as an authorization request of its caller: a request can
 * name thousands, on hosts of the caller's choice.
 */
function lookupLimit({ spend, callerOf: toCaller }: AccountExtension): () => Promise<void> {
  return async () => {
    const context = currentRequest()
    if (context === undefined || isTokenRequest()) return
    await answering('request', () => spend('authorizationRequest', toCaller({ req: context.req })))
  }
}

/** Identifies the caller for the limits of the account module. */
function callerOf({ callerOf: toCaller }: AccountExtension) {
  const context = currentRequest()
  if (context === undefined) return 'unlimited'
  return toCaller({ req: context.req })
}

async function createKeyset({
  secrets,
  signingKeys = [],
  resources,
}: AuthorizationServerOptions): Promise<Keyset> {
  if (signingKeys.length > 0) {
    return rememberingKeyset(
      await Promise.all(signingKeys.map((jwk) => JoseKey.fromJWK({ ...jwk }))),
    )
  }
  if (resources === 'elsewhere') {
    throw new RangeError('signingKeys are needed for resource servers elsewhere')
  }
  return rememberingKeyset(
    await Promise.all(
      secrets.map((secret) => {
        const key = deriveKey(secret, 'tokens')
        const kid = createHash('sha256').update(key).digest('base64url').slice(0, 12)
        return JoseKey.fromKeyLike(key, kid, 'HS256')
      }),
    ),
  )
}

import { type LexResolver, LexResolverError } from '@atproto/oauth-provider/provider'
import type { LexiconStore, ReplayStore } from '@atproto/oauth-provider/store'
import { isTokenRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import { answering } from './errors.ts'

type LexiconData = NonNullable<Awaited<ReturnType<LexiconStore['findLexicon']>>>

/**
 * Permission sets for the provider, which treats this as a cache. Those that sessions use are not
 * evicted, as the scopes of the sessions depend on them.
 */
export function createLexiconStore({ lexicons }: OAuthStore): LexiconStore {
  return {
    findLexicon: (nsid) =>
      answering('grant', async () => {
        const found = await lexicons.find(nsid, isTokenRequest() ? new Date() : undefined)
        return found === undefined
          ? null
          : { ...found, lexicon: found.lexicon as LexiconData['lexicon'] }
      }),
    storeLexicon: (nsid, data) =>
      answering('grant', () => lexicons.put(nsid, data, isTokenRequest() ? new Date() : undefined)),
    deleteLexicon: () => {},
  }
}

/** Maximum size of a set, as JSON: anybody can publish one, and have it stored by a request. */
const MAX_LENGTH = 65_536

/**
 * Reports every failure of a resolver as not found, after which the provider uses the stored set.
 *
 * @param permit called before each lookup; throws to refuse it.
 */
export function withFailuresAsNotFound(
  resolver: Pick<LexResolver, 'get'>,
  permit: () => Promise<void>,
): LexResolver {
  const patient: Pick<LexResolver, 'get'> = {
    get: async (nsid, options) => {
      await permit()
      try {
        const found = await resolver.get(nsid, options)
        if (JSON.stringify(found.lexicon).length <= MAX_LENGTH) return found
        throw LexResolverError.from(String(nsid), 'The document is too large')
      } catch (cause) {
        if (cause instanceof LexResolverError) throw cause
        throw LexResolverError.from(String(nsid), 'Could not be looked up', { cause })
      }
    },
  }
  // The provider calls no other method.
  return patient as LexResolver
}

/** Nonces for the provider, accepted once across all processes. */
export function createReplayStore({ replays }: OAuthStore): ReplayStore {
  return {
    unique: (namespace, value, timeFrame) =>
      answering('token', () => {
        const now = new Date()
        const expiresAt = new Date(now.getTime() + timeFrame)
        return replays.claim({ namespace, value, now, expiresAt })
      }),
  }
}

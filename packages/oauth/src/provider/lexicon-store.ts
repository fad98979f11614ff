import { type LexResolver, LexResolverError } from '@atproto/oauth-provider/provider'
import type { LexiconStore, ReplayStore } from '@atproto/oauth-provider/store'
import type { OAuthStore } from '../store/store.ts'
import { answering } from './errors.ts'

type LexiconData = NonNullable<Awaited<ReturnType<LexiconStore['findLexicon']>>>

/**
 * Permission sets for the provider, which treats this as a cache. Nothing is evicted, as the scopes
 * of live sessions depend on it.
 */
export function createLexiconStore({ lexicons }: OAuthStore): LexiconStore {
  return {
    findLexicon: (nsid) =>
      answering('grant', async () => {
        const found = await lexicons.find(nsid)
        return found === undefined
          ? null
          : { ...found, lexicon: found.lexicon as LexiconData['lexicon'] }
      }),
    storeLexicon: (nsid, data) => answering('grant', () => lexicons.put(nsid, data)),
    deleteLexicon: () => {},
  }
}

/**
 * Reports every failure of a resolver as not found, after which the provider uses the stored set.
 */
export function withFailuresAsNotFound(resolver: Pick<LexResolver, 'get'>): LexResolver {
  const patient: Pick<LexResolver, 'get'> = {
    get: async (nsid, options) => {
      try {
        return await resolver.get(nsid, options)
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

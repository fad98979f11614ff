import { hashOf } from './hash.ts'
import type { OAuthQueries } from './tables.ts'

/** What may be presented once. */
export interface ReplayStore {
  /** True for the first of all callers that presents a nonce before it may be forgotten. */
  claim(nonce: {
    readonly namespace: string
    readonly value: string
    readonly now: Date
    readonly expiresAt: Date
  }): Promise<boolean>
}

export function createReplayStore(queries: OAuthQueries): ReplayStore {
  return {
    claim: async ({ namespace, value, now, expiresAt }) => {
      const row = await queries
        .insertInto('oauth_replay')
        .values({ hash: hashOf(JSON.stringify([namespace, value])), expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict
            .column('hash')
            .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') }))
            .where('oauth_replay.expires_at', '<=', now),
        )
        .returning('hash')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

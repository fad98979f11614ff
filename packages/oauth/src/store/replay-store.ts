import { hashOf } from './hash.ts'
import type { OAuthQueries } from './tables.ts'

/** Stores values that are accepted once. */
export interface ReplayStore {
  /** True for the first caller with a nonce before it expires. */
  claim(nonce: {
    readonly namespace: string
    readonly value: string
    readonly now: Date
    readonly expiresAt: Date
  }): Promise<boolean>
}

export function createReplayStore(queries: OAuthQueries): ReplayStore {
  // Built once, since it runs for each call of an app.
  const build = (hash: string, expiresAt: Date, now: Date) =>
    queries
      .insertInto('oauth_replay')
      .values({ hash, expires_at: expiresAt })
      .onConflict((conflict) =>
        conflict
          .column('hash')
          .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') }))
          .where('oauth_replay.expires_at', '<=', now),
      )
      .returning('hash')
      .compile()
  let statement: ReturnType<typeof build> | undefined
  return {
    claim: async ({ namespace, value, now, expiresAt }) => {
      const hash = hashOf(JSON.stringify([namespace, value]))
      statement ??= build(hash, expiresAt, now)
      const parameters = [hash, expiresAt, now]
      const { rows } = await queries.executeQuery({ ...statement, parameters })
      return rows.length === 1
    },
  }
}

import { hashOf } from './hash.ts'
import type { OAuthQueries } from './tables.ts'

/** Remembers values that may be presented once. */
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
  // Once for each call of an app, so the statement is built once.
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

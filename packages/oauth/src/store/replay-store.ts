import { createLookup, POSITION, type Queries } from '@lexwright/account/extension'
import { sql } from 'kysely'
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
  // Runs for every call of an app: waiting claims share a statement. Of equal values the first
  // counts.
  const claimed = createLookup(
    queries as unknown as Queries,
    ['hash', 'now', 'expires_at'],
    (db, wanted) =>
      (db as unknown as OAuthQueries)
        .with('first', (cte) =>
          cte
            .selectFrom(wanted)
            .distinctOn('wanted.hash')
            .select([
              POSITION,
              'wanted.hash',
              sql<Date>`wanted.now::timestamptz`.as('now'),
              sql<Date>`wanted.expires_at::timestamptz`.as('expires_at'),
            ])
            // Statements that claim the same values lock them in the same order.
            .orderBy('wanted.hash')
            .orderBy('wanted.position'),
        )
        .with('claimed', (cte) =>
          cte
            .insertInto('oauth_replay')
            .columns(['hash', 'expires_at'])
            .expression((eb) => eb.selectFrom('first').select(['first.hash', 'first.expires_at']))
            .onConflict((conflict) =>
              conflict
                .column('hash')
                .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') }))
                .where('oauth_replay.expires_at', '<=', sql<Date>`(select max(now) from first)`),
            )
            .returning('oauth_replay.hash'),
        )
        .selectFrom('first')
        .innerJoin('claimed', 'claimed.hash', 'first.hash')
        .select('first.position'),
  )
  return {
    claim: async ({ namespace, value, now, expiresAt }) => {
      const row = await claimed({
        hash: hashOf(JSON.stringify([namespace, value])),
        now: now.toISOString(),
        expires_at: expiresAt.toISOString(),
      })
      return row !== undefined
    },
  }
}

import { toDate } from '@lexwright/account/extension'
import type { OAuthQueries } from './tables.ts'

/** A lexicon and the times of its resolutions. */
export interface StoredLexicon {
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly lastSucceededAt: Date | null
  readonly uri: string | null
  readonly lexicon: unknown
}

export interface LexiconStore {
  /** @param usedAt the time, if a session uses it now; others are deleted soon. */
  find(nsid: string, usedAt?: Date): Promise<StoredLexicon | undefined>
  /** Keeps the earlier document if there is no newer one. */
  put(nsid: string, lexicon: StoredLexicon, usedAt?: Date): Promise<void>
}

// Listed by name: a prepared `select *` fails once a later release adds a column.
const COLUMNS = ['created_at', 'updated_at', 'last_succeeded_at', 'uri', 'lexicon'] as const

export function createLexiconStore(queries: OAuthQueries): LexiconStore {
  return {
    find: async (nsid, usedAt) => {
      if (usedAt !== undefined) await markUsed(queries, nsid, usedAt)
      const row = await queries
        .selectFrom('oauth_lexicon')
        .select(COLUMNS)
        .where('nsid', '=', nsid)
        .executeTakeFirst()
      return (
        row && {
          createdAt: toDate(row.created_at),
          updatedAt: toDate(row.updated_at),
          lastSucceededAt: row.last_succeeded_at === null ? null : toDate(row.last_succeeded_at),
          uri: row.uri,
          lexicon: row.lexicon === null ? null : JSON.parse(row.lexicon),
        }
      )
    },

    put: async (nsid, { createdAt, updatedAt, lastSucceededAt, uri, lexicon }, usedAt) => {
      await queries
        .insertInto('oauth_lexicon')
        .values({
          nsid,
          created_at: createdAt,
          updated_at: updatedAt,
          last_succeeded_at: lastSucceededAt,
          uri,
          lexicon: lexicon === null ? null : JSON.stringify(lexicon),
          used_at: usedAt ?? null,
        })
        .onConflict((conflict) =>
          conflict.column('nsid').doUpdateSet((eb) => ({
            updated_at: eb.ref('excluded.updated_at'),
            last_succeeded_at: eb.fn.coalesce(
              'excluded.last_succeeded_at',
              'oauth_lexicon.last_succeeded_at',
            ),
            uri: eb.fn.coalesce('excluded.uri', 'oauth_lexicon.uri'),
            lexicon: eb.fn.coalesce('excluded.lexicon', 'oauth_lexicon.lexicon'),
            used_at: eb.fn.coalesce('excluded.used_at', 'oauth_lexicon.used_at'),
          })),
        )
        .execute()
    },
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

async function markUsed(queries: OAuthQueries, nsid: string, usedAt: Date): Promise<void> {
  await queries
    .updateTable('oauth_lexicon')
    .set({ used_at: usedAt })
    .where('nsid', '=', nsid)
    .where((eb) =>
      eb.or([eb('used_at', 'is', null), eb('used_at', '<', new Date(usedAt.getTime() - DAY_MS))]),
    )
    .execute()
}

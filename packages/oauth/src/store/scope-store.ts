import { hashOf } from './hash.ts'
import type { OAuthQueries } from './tables.ts'

/** Stores scopes that are too long for the header of each call. */
export interface ScopeStore {
  /** Stores a scope and returns its reference, the same for the same scope. */
  refer(scope: string, now: Date): Promise<string>
  find(reference: string): Promise<string | undefined>
}

/** Source: `com.atproto.temp.dereferenceScope`. */
const PREFIX = 'ref:'

export function createScopeStore(queries: OAuthQueries): ScopeStore {
  return {
    refer: async (scope, now) => {
      const hash = hashOf(scope)
      await queries
        .insertInto('oauth_scope')
        .values({ hash, scope, used_at: now })
        .onConflict((conflict) =>
          conflict.column('hash').doUpdateSet((eb) => ({ used_at: eb.ref('excluded.used_at') })),
        )
        .execute()
      return PREFIX + hash
    },

    find: async (reference) => {
      if (!reference.startsWith(PREFIX)) return undefined
      const row = await queries
        .selectFrom('oauth_scope')
        .select('scope')
        .where('hash', '=', reference.slice(PREFIX.length))
        .executeTakeFirst()
      return row?.scope
    },
  }
}

import { sql } from 'kysely'
import { isSignedIn } from './live-account.ts'
import type { OAuthQueries } from './tables.ts'

/** The scopes that an owner has granted to an app. */
export interface AuthorizedClient {
  readonly did: string
  readonly clientId: string
  readonly scopes: readonly string[]
}

export interface ClientStore {
  /** Adds scopes to those granted before; concurrent consents are all kept. */
  authorize(
    client: AuthorizedClient & { readonly deviceId: string; readonly now: Date },
  ): Promise<void>
  /** The apps of these accounts. */
  list(dids: readonly string[]): Promise<readonly AuthorizedClient[]>
  /** Revokes the consent for an app, or for all apps. */
  revoke(client: { readonly did: string; readonly clientId: string | undefined }): Promise<void>
}

export function createClientStore(queries: OAuthQueries): ClientStore {
  return {
    authorize: async ({ did, clientId, scopes, deviceId, now }) => {
      await queries
        .insertInto('oauth_authorized_client')
        .columns(['did', 'client_id', 'epoch', 'scopes', 'updated_at'])
        .expression((eb) =>
          eb
            .selectFrom('account')
            .select([
              'account.did',
              sql<string>`${clientId}::text`.as('client_id'),
              'account.session_epoch',
              sql<string[]>`${[...scopes]}::text[]`.as('scopes'),
              sql<Date>`${now}::timestamptz`.as('updated_at'),
            ])
            .where('account.did', '=', did)
            .where('account.status', '=', 'active')
            .where(isSignedIn(sql.val(deviceId), now)),
        )
        .onConflict((conflict) =>
          conflict.columns(['did', 'client_id']).doUpdateSet((eb) => ({
            epoch: eb.ref('excluded.epoch'),
            updated_at: eb.ref('excluded.updated_at'),
            scopes: eb
              .case()
              .when('oauth_authorized_client.epoch', '=', eb.ref('excluded.epoch'))
              .then(
                sql<
                  string[]
                >`array(select distinct unnest(${eb.ref('oauth_authorized_client.scopes')} || ${eb.ref('excluded.scopes')}))`,
              )
              .else(eb.ref('excluded.scopes'))
              .end(),
          })),
        )
        .execute()
    },

    list: async (dids) => {
      if (dids.length === 0) return []
      const rows = await queries
        .selectFrom('oauth_authorized_client')
        .innerJoin('account', 'account.did', 'oauth_authorized_client.did')
        .select([
          'oauth_authorized_client.did',
          'oauth_authorized_client.client_id',
          'oauth_authorized_client.scopes',
        ])
        .where('oauth_authorized_client.did', 'in', dids)
        .whereRef('oauth_authorized_client.epoch', '=', 'account.session_epoch')
        .execute()
      return rows.map((row) => ({ did: row.did, clientId: row.client_id, scopes: row.scopes }))
    },

    revoke: async ({ did, clientId }) => {
      await queries
        .deleteFrom('oauth_authorized_client')
        .where('did', '=', did)
        .$if(clientId !== undefined, (query) => query.where('client_id', '=', clientId ?? ''))
        .execute()
    },
  }
}

import {
  type AuditEntry,
  createLookup,
  POSITION,
  type Queries,
  toDate,
} from '@lexwright/account/extension'
import { sql } from 'kysely'
import type { RefreshGrace } from '../options.ts'
import { hashOf } from './hash.ts'
import { ACCOUNT_COLUMNS, LIVE, type LiveAccount, toLiveAccount } from './live-account.ts'
import type { OAuthQueries } from './tables.ts'

/** A session of an app. */
export interface AppToken {
  /** `jti` of the present access token. */
  readonly tokenId: string
  readonly account: LiveAccount
  readonly clientId: string
  readonly clientAuth: unknown
  readonly deviceId: string | null
  readonly parameters: unknown
  readonly scope: string
  readonly createdAt: Date
  /** Time of the last refresh. */
  readonly updatedAt: Date
  /** Expiry of the access token. */
  readonly expiresAt: Date
}

export interface NewToken extends Omit<AppToken, 'account'> {
  readonly did: string
  readonly code: string
  readonly refreshToken: string | undefined
}

export interface Rotation {
  /** The present access token; of several rotations that name it, one succeeds. */
  readonly tokenId: string
  readonly newTokenId: string
  readonly newRefreshToken: string
  /** The refresh token presented by the client; the valid one by default. */
  readonly presented: string | undefined
  readonly clientAuth: unknown
  readonly scope: string
  readonly updatedAt: Date
  readonly expiresAt: Date
}

/**
 * - `current`: the valid one.
 * - `repeated`: its predecessor, whose answer may be lost; valid again.
 * - `concurrent`: used a moment ago by a request sent at the same time.
 * - `replayed`: used long ago.
 */
export type RefreshState = 'current' | 'repeated' | 'concurrent' | 'replayed'

export interface TokenStore {
  /** False if the code was replayed in the meantime, or the account has changed. */
  create(token: NewToken): Promise<boolean>
  find(tokenId: string): Promise<AppToken | undefined>
  findByCode(code: string): Promise<AppToken | undefined>
  /** @param waited time since the request arrived, in milliseconds. */
  findByRefreshToken(
    refreshToken: string,
    waited: number,
  ): Promise<{ readonly token: AppToken; readonly state: RefreshState } | undefined>
  /** False if another rotation was first, or the session has ended. */
  rotate(rotation: Rotation): Promise<boolean>
  /** Ends the session of this present access token; false if there is none. */
  end(tokenId: string): Promise<boolean>
  /** Ends the session of a replayed refresh token, whatever its present state. */
  endReplayed(refreshToken: string): Promise<void>
  list(did: string): Promise<readonly AppToken[]>
  /** Counts sessions of all accounts. */
  count(): Promise<number>
  /** Ends the sessions of an account with an app, or with all apps; returns how many. */
  endAll(sessions: { readonly did: string; readonly clientId: string | undefined }): Promise<number>
}

const COLUMNS = [
  'oauth_token.token_id',
  'oauth_token.client_id',
  'oauth_token.client_auth',
  'oauth_token.device_id',
  'oauth_token.parameters',
  'oauth_token.scope',
  'oauth_token.created_at',
  'oauth_token.updated_at',
  'oauth_token.expires_at',
  ...ACCOUNT_COLUMNS,
] as const

const AUDIT_COLUMNS = ['at', 'event', 'actor', 'did', 'detail'] as const

/** Writes a line of the audit log for each row of `done`, in the same statement. */
function auditEntry(event: AuditEntry['event'], actor: AuditEntry['actor']) {
  return sql<
    Record<(typeof AUDIT_COLUMNS)[number], never>
  >`select clock_timestamp(), ${event}::text, ${actor}::text, done.did, '{}'::jsonb from done`
}

export function createTokenStore(queries: OAuthQueries, grace: RefreshGrace): TokenStore {
  const selectLive = () =>
    queries
      .selectFrom('oauth_token')
      .innerJoin('account', (join) =>
        join
          .onRef('account.did', '=', 'oauth_token.did')
          .onRef('account.session_epoch', '=', 'oauth_token.epoch')
          .on('account.status', 'in', LIVE),
      )
      .select(COLUMNS)

  // Runs for every call of an app: waiting lookups share a statement.
  const findLive = createLookup(queries as unknown as Queries, ['token_id'], (db, wanted) =>
    (db as unknown as OAuthQueries)
      .selectFrom(wanted)
      .innerJoin('oauth_token', 'oauth_token.token_id', 'wanted.token_id')
      .innerJoin('account', (join) =>
        join
          .onRef('account.did', '=', 'oauth_token.did')
          .onRef('account.session_epoch', '=', 'oauth_token.epoch')
          .on('account.status', 'in', LIVE),
      )
      .select([POSITION, ...COLUMNS]),
  )

  return {
    // The request was locked and its code counted before: a replay of the code either prevents the
    // session or finds and ends it.
    create: async (token) => {
      const row = await queries
        .with('done', (db) =>
          db
            .insertInto('oauth_token')
            .columns([
              'did',
              'epoch',
              'code_hash',
              'token_id',
              'device_id',
              'client_id',
              'client_auth',
              'parameters',
              'scope',
              'refresh_hash',
              'created_at',
              'updated_at',
              'expires_at',
            ])
            .expression((eb) =>
              eb
                .selectFrom('oauth_request')
                .innerJoin('account', 'account.did', 'oauth_request.did')
                .select([
                  'account.did',
                  'account.session_epoch',
                  'oauth_request.code_hash',
                  sql<string>`${token.tokenId}::text`.as('token_id'),
                  sql<string | null>`${token.deviceId}::text`.as('device_id'),
                  sql<string>`${token.clientId}::text`.as('client_id'),
                  sql<string>`${JSON.stringify(token.clientAuth)}::text`.as('client_auth'),
                  sql<string>`${JSON.stringify(token.parameters)}::text`.as('parameters'),
                  sql<string>`${token.scope}::text`.as('scope'),
                  sql<string | null>`${optionalHash(token.refreshToken)}::text`.as('refresh_hash'),
                  sql<Date>`${token.createdAt}::timestamptz`.as('created_at'),
                  sql<Date>`${token.updatedAt}::timestamptz`.as('updated_at'),
                  sql<Date>`${token.expiresAt}::timestamptz`.as('expires_at'),
                ])
                .where('oauth_request.code_hash', '=', hashOf(token.code))
                .where('oauth_request.did', '=', token.did)
                .where('oauth_request.uses', '=', 1)
                .whereRef('oauth_request.epoch', '=', 'account.session_epoch')
                .where('account.status', 'in', LIVE)
                .forShare('oauth_request'),
            )
            .returning('did'),
        )
        .insertInto('audit_log')
        .columns(AUDIT_COLUMNS)
        .expression(auditEntry('app.authorized', 'owner'))
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },

    find: async (tokenId) => {
      const row = await findLive({ token_id: tokenId })
      return row && toToken(row)
    },

    findByCode: async (code) => {
      const row = await selectLive()
        .where('oauth_token.code_hash', '=', hashOf(code))
        .executeTakeFirst()
      return row && toToken(row)
    },

    findByRefreshToken: async (refreshToken, waited) => {
      const hash = hashOf(refreshToken)
      const row = await selectLive()
        .leftJoin('oauth_used_refresh_token as used', (join) =>
          join.onRef('used.token', '=', 'oauth_token.id').on('used.hash', '=', hash),
        )
        .select(({ eb }) => [
          eb('oauth_token.refresh_hash', '=', hash).as('is_current'),
          eb('oauth_token.previous_refresh_hash', '=', hash).as('is_previous'),
          sql<number | null>`extract(epoch from clock_timestamp() - used.used_at)::float8`.as(
            'age',
          ),
        ])
        .where((eb) =>
          eb.or([
            eb('oauth_token.refresh_hash', '=', hash),
            eb(
              'oauth_token.id',
              'in',
              eb
                .selectFrom('oauth_used_refresh_token')
                .select('oauth_used_refresh_token.token')
                .where('oauth_used_refresh_token.hash', '=', hash),
            ),
          ]),
        )
        .executeTakeFirst()
      return row && { token: toToken(row), state: stateOf(row, waited / 1000, grace) }
    },

    // Locks the session by the token to replace: a rotation waiting for another finds it gone.
    rotate: async (rotation) => {
      const presented = optionalHash(rotation.presented)
      const row = await queries
        .with('old', (db) =>
          db
            .selectFrom('oauth_token')
            .innerJoin('account', 'account.did', 'oauth_token.did')
            .select(['oauth_token.id', 'oauth_token.refresh_hash'])
            .where('oauth_token.token_id', '=', rotation.tokenId)
            .whereRef('account.session_epoch', '=', 'oauth_token.epoch')
            .where('account.status', 'in', LIVE)
            .forUpdate('oauth_token'),
        )
        .with('used', (db) =>
          db
            .insertInto('oauth_used_refresh_token')
            .columns(['hash', 'token', 'used_at'])
            .expression(
              sql`select distinct on (given.hash) given.hash, old.id, clock_timestamp()
                from old, unnest(array[old.refresh_hash, ${presented}::text]) as given(hash)
                where given.hash is not null`,
            )
            .onConflict((conflict) =>
              conflict
                .column('hash')
                .doUpdateSet((eb) => ({ used_at: eb.ref('excluded.used_at') })),
            )
            .returning('hash'),
        )
        .updateTable('oauth_token')
        .from('old')
        .set((eb) => ({
          token_id: rotation.newTokenId,
          refresh_hash: hashOf(rotation.newRefreshToken),
          previous_refresh_hash: eb.fn.coalesce(
            sql<string | null>`${presented}::text`,
            'old.refresh_hash',
          ),
          client_auth: JSON.stringify(rotation.clientAuth),
          scope: rotation.scope,
          updated_at: rotation.updatedAt,
          expires_at: rotation.expiresAt,
        }))
        .whereRef('oauth_token.id', '=', 'old.id')
        .returning('oauth_token.id')
        .executeTakeFirst()
      return row !== undefined
    },

    end: async (tokenId) => {
      const row = await queries
        .with('done', (db) =>
          db.deleteFrom('oauth_token').where('token_id', '=', tokenId).returning('did'),
        )
        .insertInto('audit_log')
        .columns(AUDIT_COLUMNS)
        .expression(auditEntry('app.revoked', 'owner'))
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },

    endReplayed: async (refreshToken) => {
      await queries
        .with('done', (db) =>
          db
            .deleteFrom('oauth_token')
            .where('id', 'in', (eb) =>
              eb
                .selectFrom('oauth_used_refresh_token')
                .select('token')
                .where('hash', '=', hashOf(refreshToken)),
            )
            .returning('did'),
        )
        .insertInto('audit_log')
        .columns(AUDIT_COLUMNS)
        .expression(auditEntry('app.reuse-detected', 'system'))
        .execute()
    },

    list: async (did) => {
      const rows = await selectLive()
        .where('oauth_token.did', '=', did)
        .orderBy('oauth_token.updated_at', 'desc')
        .execute()
      return rows.map(toToken)
    },

    count: async () => {
      const { rows } = await queries
        .selectFrom('oauth_token')
        .select((eb) => eb.fn.countAll<number | string>().as('rows'))
        .executeTakeFirstOrThrow()
      return Number(rows)
    },

    endAll: async ({ did, clientId }) => {
      const { numDeletedRows } = await queries
        .deleteFrom('oauth_token')
        .where('did', '=', did)
        .$if(clientId !== undefined, (query) => query.where('client_id', '=', clientId ?? ''))
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

interface RefreshRow {
  readonly is_current: unknown
  readonly is_previous: unknown
  readonly age: number | null
}

function stateOf(
  { is_current, is_previous, age }: RefreshRow,
  waited: number,
  { concurrent, lost }: RefreshGrace,
): RefreshState {
  if (is_current === true) return 'current'
  const usedAgo = age ?? 0
  if (usedAgo - waited < concurrent) return 'concurrent'
  return is_previous === true && usedAgo < lost ? 'repeated' : 'replayed'
}

function optionalHash(token: string | undefined): string | null {
  return token === undefined ? null : hashOf(token)
}

interface TokenRow {
  readonly token_id: string
  readonly client_id: string
  readonly client_auth: string
  readonly device_id: string | null
  readonly parameters: string
  readonly scope: string
  readonly created_at: Date | string
  readonly updated_at: Date | string
  readonly expires_at: Date | string
}

function toToken(row: TokenRow & Parameters<typeof toLiveAccount>[0]): AppToken {
  return {
    tokenId: row.token_id,
    account: toLiveAccount(row),
    clientId: row.client_id,
    clientAuth: JSON.parse(row.client_auth),
    deviceId: row.device_id,
    parameters: JSON.parse(row.parameters),
    scope: row.scope,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
    expiresAt: toDate(row.expires_at),
  }
}

import type { OAuthQueries } from './tables.ts'

/** Times before which rows of each kind have expired. */
export interface SweepTimes {
  readonly now: Date
  /** For sessions and used refresh tokens: the last refresh. */
  readonly refreshedBefore: Date
  /** For sessions: their start. */
  readonly begunBefore: Date
  /** For browsers without an account: when last seen. */
  readonly strangersBefore: Date
  /** For all browsers. */
  readonly devicesBefore: Date
  readonly signInsBefore: Date
  /** For permission sets that no session uses: their last resolution. */
  readonly resolvedBefore: Date
  /** For long scopes: the last time a token referred to them. */
  readonly scopesBefore: Date
}

/**
 * Deletes rows that are no longer read. Each function returns the number deleted of the most
 * frequent kind.
 */
export interface SweepStore {
  /** Deletes expired rows, `limit` of each kind at most. */
  removeExpired(times: SweepTimes, limit: number): Promise<number>
  /** Deletes rows of deleted accounts and of earlier epochs. */
  removeDead(limit: number): Promise<number>
}

export function createSweepStore(queries: OAuthQueries): SweepStore {
  return {
    removeExpired: async (times, limit) =>
      Math.max(
        await removeRequests(queries, times, limit),
        await removeTokens(queries, times, limit),
        await removeUsedTokens(queries, times, limit),
        await removeDevices(queries, times, limit),
        await removeSignIns(queries, times, limit),
        await removeReplays(queries, times, limit),
        await removeScopes(queries, times, limit),
        await removeLexicons(queries, times, limit),
      ),

    removeDead: async (limit) =>
      Math.max(
        await removeDeadTokens(queries, limit),
        await removeDeadDeviceAccounts(queries, limit),
        await removeDeadClients(queries, limit),
      ),
  }
}

interface Deletion {
  readonly numDeletedRows: bigint
}

function count({ numDeletedRows }: Deletion): number {
  return Number(numDeletedRows)
}

async function removeRequests(queries: OAuthQueries, { now }: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_request')
    .select('id')
    .where('expires_at', '<', now)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_request').where('id', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeTokens(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_token')
    .select('id')
    .where((eb) =>
      eb.or([
        eb('updated_at', '<', times.refreshedBefore),
        eb('created_at', '<', times.begunBefore),
      ]),
    )
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_token').where('id', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeUsedTokens(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_used_refresh_token')
    .select('hash')
    .where('used_at', '<', times.refreshedBefore)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries
      .deleteFrom('oauth_used_refresh_token')
      .where('hash', 'in', doomed)
      .executeTakeFirstOrThrow(),
  )
}

/** A stranger is a browser that remembers no account and has not just signed in to one. */
async function removeDevices(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_device')
    .select('id')
    .where('last_seen_at', '<', times.strangersBefore)
    .where((eb) =>
      eb.or([
        eb('last_seen_at', '<', times.devicesBefore),
        eb.not(
          eb.exists(
            eb
              .selectFrom('oauth_device_account')
              .select('did')
              .whereRef('oauth_device_account.device_id', '=', 'oauth_device.id'),
          ),
        ),
      ]),
    )
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_device').where('id', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeSignIns(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_sign_in')
    .select(['device_id', 'did'])
    .where('at', '<', times.signInsBefore)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries
      .deleteFrom('oauth_sign_in')
      .where((eb) => eb(eb.refTuple('device_id', 'did'), 'in', doomed.$asTuple('device_id', 'did')))
      .executeTakeFirstOrThrow(),
  )
}

async function removeReplays(queries: OAuthQueries, { now }: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_replay')
    .select('hash')
    .where('expires_at', '<', now)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_replay').where('hash', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeScopes(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_scope')
    .select('hash')
    .where('used_at', '<', times.scopesBefore)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_scope').where('hash', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeLexicons(queries: OAuthQueries, times: SweepTimes, limit: number) {
  const doomed = queries
    .selectFrom('oauth_lexicon')
    .select('nsid')
    .where('updated_at', '<', times.resolvedBefore)
    .where((eb) => eb.or([eb('used_at', 'is', null), eb('used_at', '<', times.refreshedBefore)]))
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return count(
    await queries.deleteFrom('oauth_lexicon').where('nsid', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeDeadTokens(queries: OAuthQueries, limit: number) {
  const doomed = queries
    .selectFrom('oauth_token')
    .innerJoin('account', 'account.did', 'oauth_token.did')
    .select('oauth_token.id')
    .where((eb) =>
      eb.or([
        eb('oauth_token.epoch', '!=', eb.ref('account.session_epoch')),
        eb('account.status', '=', 'deleted'),
      ]),
    )
    .limit(limit)
  return count(
    await queries.deleteFrom('oauth_token').where('id', 'in', doomed).executeTakeFirstOrThrow(),
  )
}

async function removeDeadDeviceAccounts(queries: OAuthQueries, limit: number) {
  const doomed = queries
    .selectFrom('oauth_device_account')
    .innerJoin('account', 'account.did', 'oauth_device_account.did')
    .select(['oauth_device_account.device_id', 'oauth_device_account.did'])
    .where((eb) =>
      eb.or([
        eb('oauth_device_account.epoch', '!=', eb.ref('account.session_epoch')),
        eb('account.status', '=', 'deleted'),
      ]),
    )
    .limit(limit)
  return count(
    await queries
      .deleteFrom('oauth_device_account')
      .where((eb) => eb(eb.refTuple('device_id', 'did'), 'in', doomed.$asTuple('device_id', 'did')))
      .executeTakeFirstOrThrow(),
  )
}

async function removeDeadClients(queries: OAuthQueries, limit: number) {
  const doomed = queries
    .selectFrom('oauth_authorized_client')
    .innerJoin('account', 'account.did', 'oauth_authorized_client.did')
    .select(['oauth_authorized_client.did', 'oauth_authorized_client.client_id'])
    .where((eb) =>
      eb.or([
        eb('oauth_authorized_client.epoch', '!=', eb.ref('account.session_epoch')),
        eb('account.status', '=', 'deleted'),
      ]),
    )
    .limit(limit)
  return count(
    await queries
      .deleteFrom('oauth_authorized_client')
      .where((eb) => eb(eb.refTuple('did', 'client_id'), 'in', doomed.$asTuple('did', 'client_id')))
      .executeTakeFirstOrThrow(),
  )
}

import { toDate } from '@lexwright/account/extension'
import type { AccountHost, Host, HostState } from '../hosts/host.ts'
import { arrivalOf } from './arrival-store.ts'
import type { EntrywayQueries } from './tables.ts'

export interface NewHost {
  readonly did: string
  readonly url: string
  readonly weight: number
  readonly adminPasswordSealed: Uint8Array
  readonly at: Date
}

/** A host as shown to the operator. */
export interface ListedHost extends Host {
  /** Accounts on the host, including those being created. */
  readonly accounts: number
  /** Number of accounts with a pending update of the host, and the time of the oldest change. */
  readonly pending: number
  readonly oldestPendingAt: Date | undefined
  readonly addedAt: Date
  /** Time of its last health check. */
  readonly lookedAt: Date | undefined
  /** The reason if it is not healthy. */
  readonly lastError: string | undefined
}

export interface HostStore {
  /**
   * Adds a host, or updates its URL, weight and password. Throws the unique violation if another
   * host has the URL.
   */
  put(host: NewHost): Promise<void>
  find(did: string): Promise<Host | undefined>
  findByAccount(did: string): Promise<AccountHost | undefined>
  findByUrl(url: string): Promise<Host | undefined>
  /** The hosts that get new accounts. */
  listOpen(): Promise<readonly Host[]>
  list(): Promise<readonly ListedHost[]>
  findPassword(did: string): Promise<Uint8Array | undefined>
  /** The sealed password of every host. */
  listPasswords(): Promise<readonly { readonly did: string; readonly sealed: Uint8Array }[]>
  replacePassword(change: {
    readonly did: string
    readonly from: Uint8Array
    readonly to: Uint8Array
  }): Promise<void>
  /** False if there is no such host. */
  setState(did: string, state: HostState): Promise<boolean>
  /** False if the host has accounts or does not exist. */
  remove(did: string): Promise<boolean>
  /** Claims the hosts due for a health check until `next`. */
  claimChecks(times: { readonly now: Date; readonly next: Date }): Promise<readonly Host[]>
  /** @param check.error undefined if the host is healthy. */
  recordCheck(check: {
    readonly did: string
    readonly at: Date
    readonly error: string | undefined
  }): Promise<void>
}

export const HOST_COLUMNS = [
  'entryway_host.did',
  'entryway_host.url',
  'entryway_host.weight',
  'entryway_host.state',
  'entryway_host.failed_looks',
] as const

export function createHostStore(queries: EntrywayQueries): HostStore {
  return {
    put: async ({ did, url, weight, adminPasswordSealed, at }) => {
      const known = { url, weight, admin_password_sealed: adminPasswordSealed, looked_at: at }
      await queries
        .insertInto('entryway_host')
        .values({ did, ...known, state: 'open', added_at: at, next_look_at: at })
        .onConflict((conflict) =>
          conflict.column('did').doUpdateSet({ ...known, failed_looks: 0, last_error: null }),
        )
        .execute()
    },

    find: async (did) => {
      const row = await queries
        .selectFrom('entryway_host')
        .select(HOST_COLUMNS)
        .where('did', '=', did)
        .executeTakeFirst()
      return row && toHost(row)
    },

    findByAccount: async (did) => {
      const row = await queries
        .selectFrom('entryway_account')
        .innerJoin('entryway_host', 'entryway_host.did', 'entryway_account.host')
        .select(HOST_COLUMNS)
        .where('entryway_account.did', '=', did)
        .executeTakeFirst()
      if (row !== undefined) return toHost(row)
      const expecting = await arrivalOf(queries, did).select(HOST_COLUMNS).executeTakeFirst()
      return expecting && { ...toHost(expecting), isExpected: true }
    },

    findByUrl: async (url) => {
      const row = await queries
        .selectFrom('entryway_host')
        .select(HOST_COLUMNS)
        .where('url', '=', url)
        .executeTakeFirst()
      return row && toHost(row)
    },

    listOpen: async () => {
      const rows = await queries
        .selectFrom('entryway_host')
        .select(HOST_COLUMNS)
        .where('state', '=', 'open')
        .where('weight', '>', 0)
        .where('failed_looks', '=', 0)
        .orderBy('did')
        .execute()
      return rows.map(toHost)
    },

    list: async () => {
      const rows = await queries
        .selectFrom('entryway_host')
        .select([...HOST_COLUMNS, 'added_at', 'looked_at', 'last_error'])
        .select((eb) =>
          eb
            .selectFrom('entryway_account')
            .select((of) => of.fn.countAll<string>().as('accounts'))
            .whereRef('entryway_account.host', '=', 'entryway_host.did')
            .as('accounts'),
        )
        .leftJoin(pendingByHost(queries).as('waiting'), 'waiting.host', 'entryway_host.did')
        .select(['waiting.pending', 'waiting.oldest'])
        .orderBy('added_at')
        .orderBy('did')
        .execute()
      return rows.map((row) => ({
        ...toHost(row),
        accounts: Number(row.accounts),
        pending: Number(row.pending ?? 0),
        oldestPendingAt: row.oldest === null ? undefined : toDate(row.oldest),
        addedAt: toDate(row.added_at),
        lookedAt: row.looked_at === null ? undefined : toDate(row.looked_at),
        lastError: row.last_error ?? undefined,
      }))
    },

    findPassword: async (did) => {
      const row = await queries
        .selectFrom('entryway_host')
        .select('admin_password_sealed')
        .where('did', '=', did)
        .executeTakeFirst()
      return row?.admin_password_sealed
    },

    listPasswords: async () =>
      await queries
        .selectFrom('entryway_host')
        .select(['did', 'admin_password_sealed as sealed'])
        .execute(),

    replacePassword: async ({ did, from, to }) => {
      await queries
        .updateTable('entryway_host')
        .set({ admin_password_sealed: to })
        .where('did', '=', did)
        .where('admin_password_sealed', '=', from)
        .execute()
    },

    setState: async (did, state) => {
      const { numUpdatedRows } = await queries
        .updateTable('entryway_host')
        .set({ state })
        .where('did', '=', did)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    remove: async (did) => {
      const { numDeletedRows } = await queries
        .deleteFrom('entryway_host')
        .where('did', '=', did)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('entryway_account')
                .select('entryway_account.did')
                .where('entryway_account.host', '=', did),
            ),
          ),
        )
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('entryway_move')
                .select('entryway_move.did')
                .where('finished_at', 'is', null)
                .where((or) => or.or([or('from_host', '=', did), or('to_host', '=', did)])),
            ),
          ),
        )
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },

    claimChecks: async ({ now, next }) => {
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('entryway_host')
            .select('did')
            .where('next_look_at', '<=', now)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('entryway_host')
        .from('due')
        .set({ next_look_at: next })
        .whereRef('entryway_host.did', '=', 'due.did')
        .returning(HOST_COLUMNS)
        .execute()
      return rows.map(toHost)
    },

    recordCheck: async ({ did, at, error }) => {
      await queries
        .updateTable('entryway_host')
        .set((eb) => ({
          looked_at: at,
          failed_looks: error === undefined ? 0 : eb('failed_looks', '+', 1),
          last_error: error ?? null,
        }))
        .where('did', '=', did)
        .execute()
    },
  }
}

function pendingByHost(queries: EntrywayQueries) {
  return queries
    .selectFrom('entryway_outbox')
    .innerJoin('entryway_account', 'entryway_account.did', 'entryway_outbox.did')
    .select(({ fn }) => [
      'entryway_account.host',
      fn.countAll<string>().as('pending'),
      fn.min('entryway_outbox.changed_at').as('oldest'),
    ])
    .groupBy('entryway_account.host')
}

export function toHost(row: {
  readonly did: string
  readonly url: string
  readonly weight: number
  readonly state: HostState
  readonly failed_looks: number
}): Host {
  const { did, url, weight, state } = row
  return { did, url, weight, state, isHealthy: row.failed_looks === 0 }
}

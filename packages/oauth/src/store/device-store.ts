import { toDate } from '@lexwright/account/extension'
import { sql } from 'kysely'
import {
  ACCOUNT_COLUMNS,
  isSignedIn,
  LIVE,
  type LiveAccount,
  SIGN_IN_SECONDS,
  toLiveAccount,
} from './live-account.ts'
import type { OAuthQueries } from './tables.ts'

/** A browser as last seen. */
export interface Device {
  readonly sessionId: string
  readonly userAgent: string | null
  readonly ipAddress: string
  readonly lastSeenAt: Date
}

/** A browser that remembers an account. */
export interface DeviceAccount {
  readonly deviceId: string
  readonly device: Device
  readonly account: LiveAccount
  readonly createdAt: Date
  /** When the password was last entered. */
  readonly updatedAt: Date
}

/** An account whose password was entered in a browser. */
export interface SignIn {
  readonly deviceId: string
  readonly did: string
  /** Session epoch of the account at that time. */
  readonly epoch: number
  readonly at: Date
}

export interface DeviceStore {
  create(id: string, device: Device): Promise<void>
  find(id: string): Promise<Device | undefined>
  update(id: string, changes: Partial<Device>): Promise<void>
  delete(id: string): Promise<void>
  /** Records, for a short time, that a password was entered. */
  signIn(signIn: SignIn): Promise<void>
  /**
   * Makes a browser remember the account it has just signed in to; false if the sign-in is no
   * longer valid.
   */
  remember(account: Pick<SignIn, 'deviceId' | 'did'> & { readonly now: Date }): Promise<boolean>
  forget(account: Pick<SignIn, 'deviceId' | 'did'>): Promise<void>
  /** Signs an account out of one browser, or of all; returns how many remembered it. */
  signOut(account: { readonly did: string; readonly deviceId: string | undefined }): Promise<number>
  list(
    of: { readonly did: string } | { readonly deviceId: string; readonly did?: string },
  ): Promise<readonly DeviceAccount[]>
  /** Counts accounts remembered by browsers. */
  count(): Promise<number>
  /** The account, if it is usable and, given a browser, that one is signed in to it. */
  findAccount(query: {
    readonly did: string
    readonly deviceId: string | undefined
    readonly now: Date
  }): Promise<LiveAccount | undefined>
  /** The epoch of an account created just now. */
  findEpoch(did: string): Promise<number | undefined>
}

export function createDeviceStore(queries: OAuthQueries): DeviceStore {
  return {
    create: async (id, { sessionId, userAgent, ipAddress, lastSeenAt }) => {
      await queries
        .insertInto('oauth_device')
        .values({
          id,
          session_id: sessionId,
          user_agent: userAgent,
          ip_address: ipAddress,
          last_seen_at: lastSeenAt,
        })
        .execute()
    },

    find: async (id) => {
      const row = await queries
        .selectFrom('oauth_device')
        .select(['session_id', 'user_agent', 'ip_address', 'last_seen_at'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row && toDevice(row)
    },

    update: async (id, { sessionId, userAgent, ipAddress, lastSeenAt }) => {
      const changes = {
        ...(sessionId !== undefined && { session_id: sessionId }),
        ...(userAgent !== undefined && { user_agent: userAgent }),
        ...(ipAddress !== undefined && { ip_address: ipAddress }),
        ...(lastSeenAt !== undefined && { last_seen_at: lastSeenAt }),
      }
      if (Object.keys(changes).length === 0) return
      await queries.updateTable('oauth_device').set(changes).where('id', '=', id).execute()
    },

    delete: async (id) => {
      await queries.deleteFrom('oauth_device').where('id', '=', id).execute()
    },

    signIn: async ({ deviceId, did, epoch, at }) => {
      await queries
        .insertInto('oauth_sign_in')
        .values({ device_id: deviceId, did, epoch, at })
        .onConflict((conflict) =>
          conflict
            .columns(['device_id', 'did'])
            .doUpdateSet((eb) => ({ epoch: eb.ref('excluded.epoch'), at: eb.ref('excluded.at') })),
        )
        .execute()
    },

    remember: async ({ deviceId, did, now }) => {
      const row = await queries
        .insertInto('oauth_device_account')
        .columns(['device_id', 'did', 'epoch', 'created_at', 'updated_at'])
        .expression((eb) =>
          eb
            .selectFrom('oauth_sign_in')
            .innerJoin('account', 'account.did', 'oauth_sign_in.did')
            .select([
              'oauth_sign_in.device_id',
              'oauth_sign_in.did',
              'oauth_sign_in.epoch',
              'oauth_sign_in.at',
              'oauth_sign_in.at as updated_at',
            ])
            .where('oauth_sign_in.device_id', '=', deviceId)
            .where('oauth_sign_in.did', '=', did)
            .where('oauth_sign_in.at', '>', new Date(now.getTime() - SIGN_IN_SECONDS * 1000))
            .whereRef('oauth_sign_in.epoch', '=', 'account.session_epoch')
            .where('account.status', 'in', LIVE),
        )
        .onConflict((conflict) =>
          conflict.columns(['device_id', 'did']).doUpdateSet((eb) => ({
            epoch: eb.ref('excluded.epoch'),
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .returning('did')
        .executeTakeFirst()
      return row !== undefined
    },

    forget: async ({ deviceId, did }) => {
      await queries
        .deleteFrom('oauth_device_account')
        .where('device_id', '=', deviceId)
        .where('did', '=', did)
        .execute()
    },

    signOut: async ({ did, deviceId }) => {
      await queries
        .deleteFrom('oauth_sign_in')
        .where('did', '=', did)
        .$if(deviceId !== undefined, (query) => query.where('device_id', '=', deviceId ?? ''))
        .execute()
      const { numDeletedRows } = await queries
        .deleteFrom('oauth_device_account')
        .where('did', '=', did)
        .$if(deviceId !== undefined, (query) => query.where('device_id', '=', deviceId ?? ''))
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },

    count: async () => {
      const { rows } = await queries
        .selectFrom('oauth_device_account')
        .select((eb) => eb.fn.countAll<number | string>().as('rows'))
        .executeTakeFirstOrThrow()
      return Number(rows)
    },

    list: async (of) => {
      let query = queries
        .selectFrom('oauth_device_account')
        .innerJoin('oauth_device', 'oauth_device.id', 'oauth_device_account.device_id')
        .innerJoin('account', 'account.did', 'oauth_device_account.did')
        .select([
          'oauth_device.id as device_id',
          'oauth_device.session_id',
          'oauth_device.user_agent',
          'oauth_device.ip_address',
          'oauth_device.last_seen_at',
          'oauth_device_account.created_at',
          'oauth_device_account.updated_at',
          ...ACCOUNT_COLUMNS,
        ])
        .whereRef('account.session_epoch', '=', 'oauth_device_account.epoch')
        .where('account.status', 'in', LIVE)
        .orderBy('oauth_device_account.created_at')
      if (of.did !== undefined) query = query.where('account.did', '=', of.did)
      if ('deviceId' in of) query = query.where('oauth_device.id', '=', of.deviceId)
      const rows = await query.execute()
      return rows.map((row) => ({
        deviceId: row.device_id,
        device: toDevice(row),
        account: toLiveAccount(row),
        createdAt: toDate(row.created_at),
        updatedAt: toDate(row.updated_at),
      }))
    },

    findAccount: async ({ did, deviceId, now }) => {
      const row = await queries
        .selectFrom('account')
        .select(ACCOUNT_COLUMNS)
        .where('account.did', '=', did)
        .where('account.status', 'in', LIVE)
        .$if(deviceId !== undefined, (query) =>
          query.where(isSignedIn(sql.val(deviceId ?? null), now)),
        )
        .executeTakeFirst()
      return row && toLiveAccount(row)
    },

    findEpoch: async (did) => {
      const row = await queries
        .selectFrom('account')
        .select('session_epoch')
        .where('did', '=', did)
        .executeTakeFirst()
      return row?.session_epoch
    },
  }
}

interface DeviceRow {
  readonly session_id: string
  readonly user_agent: string | null
  readonly ip_address: string
  readonly last_seen_at: Date | string
}

function toDevice(row: DeviceRow): Device {
  return {
    sessionId: row.session_id,
    userAgent: row.user_agent,
    ipAddress: row.ip_address,
    lastSeenAt: toDate(row.last_seen_at),
  }
}

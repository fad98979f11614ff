import { toDate } from '@lexwright/account/extension'
import { sql } from 'kysely'
import { hashOf } from './hash.ts'
import { isSignedIn, LIVE } from './live-account.ts'
import type { OAuthQueries } from './tables.ts'

export interface AuthorizationRequest {
  readonly id: string
  readonly clientId: string
  readonly clientAuth: unknown
  readonly parameters: unknown
  readonly deviceId: string | null
  readonly did: string | null
  readonly expiresAt: Date
}

/** Consent to a request, in the browser that opened it. */
export interface Consent {
  readonly id: string
  readonly did: string
  readonly code: string
  /** The granted parameters. */
  readonly parameters: unknown
  readonly expiresAt: Date
  readonly now: Date
}

export interface RequestStore {
  create(request: AuthorizationRequest): Promise<void>
  /** Undefined once its code was presented. */
  find(id: string): Promise<AuthorizationRequest | undefined>
  /**
   * Assigns a request to the browser that opens it, and extends it. False if another browser has
   * it, it is already consented to, or has expired.
   */
  open(request: {
    readonly id: string
    /** Undefined to keep its browser. */
    readonly deviceId: string | undefined
    readonly expiresAt: Date
    readonly now: Date
  }): Promise<boolean>
  /**
   * Of several consents to a request one counts. False if it came too late, or the browser is not
   * signed in to the account.
   */
  consent(consent: Consent): Promise<boolean>
  /** Deletes a request without consent, unless another browser has it. */
  delete(id: string, deviceId: string | undefined): Promise<void>
  /** The request of a code, on its first presentation. */
  consume(code: string): Promise<AuthorizationRequest | undefined>
}

const COLUMNS = [
  'oauth_request.id',
  'oauth_request.client_id',
  'oauth_request.client_auth',
  'oauth_request.parameters',
  'oauth_request.device_id',
  'oauth_request.did',
  'oauth_request.expires_at',
] as const

export function createRequestStore(queries: OAuthQueries): RequestStore {
  return {
    create: async ({ id, clientId, clientAuth, parameters, deviceId, expiresAt }) => {
      await queries
        .insertInto('oauth_request')
        .values({
          id,
          client_id: clientId,
          client_auth: clientAuth === null ? null : JSON.stringify(clientAuth),
          parameters: JSON.stringify(parameters),
          device_id: deviceId,
          expires_at: expiresAt,
        })
        .execute()
    },

    find: async (id) => {
      const row = await queries
        .selectFrom('oauth_request')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('uses', '=', 0)
        .executeTakeFirst()
      return row && toRequest(row)
    },

    open: async ({ id, deviceId, expiresAt, now }) => {
      const { numUpdatedRows } = await queries
        .updateTable('oauth_request')
        .set({ expires_at: expiresAt, ...(deviceId !== undefined && { device_id: deviceId }) })
        .where('id', '=', id)
        .where('code_hash', 'is', null)
        .where('expires_at', '>', now)
        .$if(deviceId !== undefined, (query) =>
          query.where((eb) =>
            eb.or([eb('device_id', 'is', null), eb('device_id', '=', deviceId ?? '')]),
          ),
        )
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    consent: async ({ id, did, code, parameters, expiresAt, now }) => {
      const { numUpdatedRows } = await queries
        .updateTable('oauth_request')
        .from('account')
        .set((eb) => ({
          did: eb.ref('account.did'),
          epoch: eb.ref('account.session_epoch'),
          code_hash: hashOf(code),
          parameters: JSON.stringify(parameters),
          expires_at: expiresAt,
        }))
        .where('oauth_request.id', '=', id)
        .where('oauth_request.code_hash', 'is', null)
        .where('oauth_request.expires_at', '>', now)
        .where('account.did', '=', did)
        .where('account.status', '=', 'active')
        .where(isSignedIn(sql.ref('oauth_request.device_id'), now))
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    delete: async (id, deviceId) => {
      await queries
        .deleteFrom('oauth_request')
        .where('id', '=', id)
        .where('code_hash', 'is', null)
        .$if(deviceId !== undefined, (query) =>
          query.where((eb) =>
            eb.or([eb('device_id', 'is', null), eb('device_id', '=', deviceId ?? '')]),
          ),
        )
        .execute()
    },

    consume: async (code) => {
      const row = await queries
        .updateTable('oauth_request')
        .from('account')
        .set((eb) => ({ uses: eb('oauth_request.uses', '+', 1) }))
        .where('oauth_request.code_hash', '=', hashOf(code))
        .whereRef('account.did', '=', 'oauth_request.did')
        .returning([...COLUMNS, 'oauth_request.uses'])
        .returning((eb) =>
          eb
            .and([
              eb('account.session_epoch', '=', eb.ref('oauth_request.epoch')),
              eb('account.status', 'in', LIVE),
            ])
            .as('is_live'),
        )
        .executeTakeFirst()
      return row?.uses === 1 && row.is_live ? toRequest(row) : undefined
    },
  }
}

interface RequestRow {
  readonly id: string
  readonly client_id: string
  readonly client_auth: string | null
  readonly parameters: string
  readonly device_id: string | null
  readonly did: string | null
  readonly expires_at: Date | string
}

function toRequest(row: RequestRow): AuthorizationRequest {
  return {
    id: row.id,
    clientId: row.client_id,
    clientAuth: row.client_auth === null ? null : JSON.parse(row.client_auth),
    parameters: JSON.parse(row.parameters),
    deviceId: row.device_id,
    did: row.did,
    expiresAt: toDate(row.expires_at),
  }
}

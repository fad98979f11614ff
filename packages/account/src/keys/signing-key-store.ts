import { type Expression, sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import { createLookup, POSITION } from '../db/lookup.ts'

export interface SealedKey {
  readonly did: string
  /** As `did:key`. */
  readonly publicKey: string
  readonly privateKeySealed: Uint8Array
}

export interface ReservedKey {
  readonly publicKey: string
  /** Sealed for its public key, as it has no account yet. */
  readonly privateKeySealed: Uint8Array
}

/** The present, pending and former signing keys of accounts, and reserved ones. */
export interface SigningKeyStore {
  /** @param options.isCurrent false for a key that its DID does not name yet. */
  insert(key: SealedKey & { readonly at: Date; readonly isCurrent: boolean }): Promise<void>
  findCurrent(did: string): Promise<SealedKey | undefined>
  /** Every present, pending or former key of an account. */
  findPublicKeys(did: string): Promise<readonly string[]>
  /** Makes a key of an account the present one; false if it already is or is unknown. */
  makeCurrent(key: Pick<SealedKey, 'did' | 'publicKey'> & { readonly at: Date }): Promise<boolean>
  /** Deletes a pending key. */
  deleteWaiting(key: Pick<SealedKey, 'did' | 'publicKey'>): Promise<void>
  /** Stores a reserved key. An existing one wins; returns the one stored. */
  reserve(
    key: ReservedKey & {
      readonly did: string | null
      readonly expiresAt: Date
      readonly now: Date
    },
  ): Promise<string>
  /** Removes and returns the key reserved for a DID, unless expired. */
  takeReserved(did: string, now: Date): Promise<ReservedKey | undefined>
  /** Removes and returns a reserved key, unless expired or for another DID. */
  takeReservedKey(key: {
    readonly publicKey: string
    readonly did: string
    readonly now: Date
  }): Promise<ReservedKey | undefined>
  /** Deletes expired reserved keys, and keys retired before a moment, `limit` of each at most. */
  deleteOld(old: {
    readonly now: Date
    readonly retiredBefore: Date
    readonly limit: number
  }): Promise<void>
  /**
   * A page of sealed keys by public key: those of accounts, and reserved ones, which have no DID.
   */
  list(page: {
    readonly after: string
    readonly limit: number
  }): Promise<readonly (Omit<SealedKey, 'did'> & { readonly did: string | null })[]>
  /** Replaces a sealed value; false if it has changed in the meantime. */
  reseal(change: {
    readonly publicKey: string
    readonly from: Uint8Array
    readonly to: Uint8Array
  }): Promise<boolean>
}

export function createSigningKeyStore(queries: Queries): SigningKeyStore {
  const selectCurrent = createLookup(queries, ['did'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('signing_key', 'signing_key.did', 'wanted.did')
      .select([POSITION, 'signing_key.did', 'public_key', 'private_key_sealed'])
      .where('activated_at', 'is not', null)
      .where('retired_at', 'is', null),
  )

  return {
    insert: async ({ did, publicKey, privateKeySealed, at, isCurrent }) => {
      await queries
        .insertInto('signing_key')
        .values({
          did,
          public_key: publicKey,
          private_key_sealed: privateKeySealed,
          created_at: at,
          activated_at: isCurrent ? at : null,
        })
        .execute()
    },

    findCurrent: async (did) => {
      const row = await selectCurrent({ did })
      return row && toKey(row)
    },

    findPublicKeys: async (did) => {
      const rows = await queries
        .selectFrom('signing_key')
        .select('public_key')
        .where('did', '=', did)
        .execute()
      return rows.map((row) => row.public_key)
    },

    makeCurrent: async ({ did, publicKey, at }) => {
      const waiting = await queries
        .selectFrom('signing_key')
        .select('public_key')
        .where('did', '=', did)
        .where('public_key', '=', publicKey)
        .where((eb) => eb.or([eb('activated_at', 'is', null), eb('retired_at', 'is not', null)]))
        .forUpdate()
        .executeTakeFirst()
      if (waiting === undefined) return false
      await queries
        .updateTable('signing_key')
        .set({ retired_at: at })
        .where('did', '=', did)
        .where('activated_at', 'is not', null)
        .where('retired_at', 'is', null)
        .execute()
      await queries
        .updateTable('signing_key')
        .set({ activated_at: at, retired_at: null })
        .where('did', '=', did)
        .where('public_key', '=', publicKey)
        .execute()
      return true
    },

    deleteWaiting: async ({ did, publicKey }) => {
      await queries
        .deleteFrom('signing_key')
        .where('did', '=', did)
        .where('public_key', '=', publicKey)
        .where('activated_at', 'is', null)
        .execute()
    },

    reserve: async ({ publicKey, privateKeySealed, did, expiresAt, now }) => {
      const row = await queries
        .insertInto('reserved_key')
        .values({
          public_key: publicKey,
          private_key_sealed: privateKeySealed,
          did,
          expires_at: expiresAt,
        })
        .onConflict((conflict) =>
          conflict.column('did').doUpdateSet((eb) => ({
            // The existing key unless expired.
            public_key: orExpired(eb.ref('reserved_key.public_key'), eb.ref('excluded.public_key')),
            private_key_sealed: orExpired(
              eb.ref('reserved_key.private_key_sealed'),
              eb.ref('excluded.private_key_sealed'),
            ),
            expires_at: eb.ref('excluded.expires_at'),
          })),
        )
        .returning('public_key')
        .executeTakeFirstOrThrow()
      return row.public_key

      function orExpired<Value>(kept: Expression<Value>, fresh: Expression<Value>) {
        return sql<Value>`case when reserved_key.expires_at > ${now} then ${kept} else ${fresh} end`
      }
    },

    takeReserved: async (did, now) => {
      const row = await queries
        .deleteFrom('reserved_key')
        .where('did', '=', did)
        .where('expires_at', '>', now)
        .returning(['public_key', 'private_key_sealed'])
        .executeTakeFirst()
      return row && { publicKey: row.public_key, privateKeySealed: row.private_key_sealed }
    },

    takeReservedKey: async ({ publicKey, did, now }) => {
      const row = await queries
        .deleteFrom('reserved_key')
        .where('public_key', '=', publicKey)
        .where((eb) => eb.or([eb('did', 'is', null), eb('did', '=', did)]))
        .where('expires_at', '>', now)
        .returning(['public_key', 'private_key_sealed'])
        .executeTakeFirst()
      return row && { publicKey: row.public_key, privateKeySealed: row.private_key_sealed }
    },

    deleteOld: async ({ now, retiredBefore, limit }) => {
      await queries
        .with('expired', (db) =>
          db
            .selectFrom('reserved_key')
            .select('public_key')
            .where('expires_at', '<=', now)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('reserved_key')
        .using('expired')
        .whereRef('reserved_key.public_key', '=', 'expired.public_key')
        .execute()
      await queries
        .with('retired', (db) =>
          db
            .selectFrom('signing_key')
            .select('public_key')
            .where('retired_at', '<', retiredBefore)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('signing_key')
        .using('retired')
        .whereRef('signing_key.public_key', '=', 'retired.public_key')
        .execute()
    },

    list: async ({ after, limit }) => {
      const rows = await queries
        .selectFrom((eb) =>
          eb
            .selectFrom('signing_key')
            .select(['did', 'public_key', 'private_key_sealed'])
            .$castTo<{ did: string | null; public_key: string; private_key_sealed: Uint8Array }>()
            .unionAll(
              eb
                .selectFrom('reserved_key')
                .select([sql<string | null>`null`.as('did'), 'public_key', 'private_key_sealed']),
            )
            .as('sealed_key'),
        )
        .select(['did', 'public_key', 'private_key_sealed'])
        .where('public_key', '>', after)
        .orderBy('public_key')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        did: row.did,
        publicKey: row.public_key,
        privateKeySealed: row.private_key_sealed,
      }))
    },

    reseal: async ({ publicKey, from, to }) => {
      for (const table of ['signing_key', 'reserved_key'] as const) {
        const { numUpdatedRows } = await queries
          .updateTable(table)
          .set({ private_key_sealed: to })
          .where('public_key', '=', publicKey)
          .where('private_key_sealed', '=', from)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 1n) return true
      }
      return false
    },
  }
}

function toKey(row: {
  readonly did: string
  readonly public_key: string
  readonly private_key_sealed: Uint8Array
}): SealedKey {
  return {
    did: row.did,
    publicKey: row.public_key,
    privateKeySealed: row.private_key_sealed,
  }
}

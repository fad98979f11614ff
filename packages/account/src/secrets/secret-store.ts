import { sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import type { SecretName } from '../db/tables.ts'

export interface StoredFingerprint {
  readonly name: SecretName
  readonly fingerprint: string
}

/** The newest data made with each secret. */
export interface SecretUses {
  readonly passwordHash: string | undefined
  readonly sealedKey: { readonly did: string; readonly sealed: Uint8Array } | undefined
  /** JSON text. */
  readonly operation: string | undefined
}

/** Fingerprints of the secrets used with the database, and samples of their data. */
export interface SecretStore {
  /** In the order of recording. */
  list(): Promise<readonly StoredFingerprint[]>
  /** Records a new fingerprint. */
  note(fingerprint: StoredFingerprint): Promise<void>
  /** Deletes a fingerprint, to record it again as the newest. */
  forget(fingerprint: StoredFingerprint): Promise<void>
  findUses(): Promise<SecretUses>
  /** Password hashes by pepper id; empty for those without one. Scans all accounts. */
  countHashes(): Promise<ReadonlyMap<string, number>>
}

export function createSecretStore(queries: Queries): SecretStore {
  return {
    list: async () => {
      const rows = await queries
        .selectFrom('secret_fingerprint')
        .select(['name', 'fingerprint'])
        .orderBy('id')
        .execute()
      return rows
    },

    note: async ({ name, fingerprint }) => {
      await queries
        .insertInto('secret_fingerprint')
        .values({ name, fingerprint })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },

    forget: async ({ name, fingerprint }) => {
      await queries
        .deleteFrom('secret_fingerprint')
        .where('name', '=', name)
        .where('fingerprint', '=', fingerprint)
        .execute()
    },

    findUses: async () => {
      const account = await queries
        .selectFrom('account')
        .select('password_hash')
        .where('password_hash', 'like', 'v1.%')
        .orderBy('password_changed_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      const key = await queries
        .selectFrom('signing_key')
        .select(['did', 'private_key_sealed'])
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      const operation = await queries
        .selectFrom('did_operation')
        .innerJoin('account', 'account.did', 'did_operation.did')
        .select('did_operation.operation')
        .orderBy('account.created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return {
        passwordHash: account?.password_hash ?? undefined,
        sealedKey: key && { did: key.did, sealed: key.private_key_sealed },
        operation: operation?.operation,
      }
    },

    countHashes: async () => {
      const rows = await queries
        .selectFrom('account')
        .select(({ fn }) => [
          sql<string>`case when password_hash like 'v1.%' then substr(password_hash, 4, 8) else '' end`.as(
            'pepper',
          ),
          fn.countAll().as('hashes'),
        ])
        .where('password_hash', 'is not', null)
        .groupBy('pepper')
        .execute()
      return new Map(rows.map(({ pepper, hashes }) => [pepper, Number(hashes)]))
    },
  }
}

import {
  type AccountHooks,
  type AccountModule,
  type AccountModuleOptions,
  createAccountModule,
} from '@lexwright/account'
import type { Kysely } from 'kysely'
import { ACCOUNT_SCHEMA, type HostTables } from './database.ts'

/** Settings that differ between installations. */
export type AccountSettings = Pick<
  AccountModuleOptions<HostTables>,
  'mailer' | 'secrets' | 'policy' | 'identity' | 'logger'
>

/**
 * The host's part of creating and deleting accounts. `tx` is the account's transaction: the rows below exist
 * if and only if the account does, and an error here undoes everything.
 */
const hooks: AccountHooks<HostTables> = {
  async onAccountCreated({ did, handle, at }, tx) {
    await tx
      .insertInto('pds.repo')
      .values({ did, handle, createdAt: at, deletedAt: null })
      .execute()
  },
  // The account can be restored for a while, so its data is hidden but kept.
  async onAccountDeleted({ did, at }, tx) {
    await tx.updateTable('pds.repo').set({ deletedAt: at }).where('did', '=', did).execute()
  },
  async onAccountRestored({ did }, tx) {
    await tx.updateTable('pds.repo').set({ deletedAt: null }).where('did', '=', did).execute()
  },
  // The account is gone for good; delete everything that belongs to it.
  async onAccountPurged({ did }, tx) {
    await tx.deleteFrom('pds.status').where('did', '=', did).execute()
    await tx.deleteFrom('pds.repo').where('did', '=', did).execute()
  },
}

export function createAccounts(db: Kysely<HostTables>, settings: AccountSettings): AccountModule {
  return createAccountModule({ db, schema: ACCOUNT_SCHEMA, hooks, ...settings })
}

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
 * The host's part when an account comes or goes. `tx` is the transaction that it happens in: the rows below exist
 * exactly if the account does, and an error here means that nothing has happened.
 */
const hooks: AccountHooks<HostTables> = {
  async onAccountCreated({ did, handle, at }, tx) {
    await tx
      .insertInto('pds.repo')
      .values({ did, handle, createdAt: at, deletedAt: null })
      .execute()
  },
  // It can be restored for a while: what belongs to it is hidden, and kept.
  async onAccountDeleted({ did, at }, tx) {
    await tx.updateTable('pds.repo').set({ deletedAt: at }).where('did', '=', did).execute()
  },
  async onAccountRestored({ did }, tx) {
    await tx.updateTable('pds.repo').set({ deletedAt: null }).where('did', '=', did).execute()
  },
  // Now it is gone for good, and so is everything that the host has of it.
  async onAccountPurged({ did }, tx) {
    await tx.deleteFrom('pds.status').where('did', '=', did).execute()
    await tx.deleteFrom('pds.repo').where('did', '=', did).execute()
  },
}

export function createAccounts(db: Kysely<HostTables>, settings: AccountSettings): AccountModule {
  return createAccountModule({ db, schema: ACCOUNT_SCHEMA, hooks, ...settings })
}

import { type AccountModule, createAccountModule } from '@lexwright/account'
import { extensionOf } from '@lexwright/account/extension'
import { testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { openDatabase, type TestDatabase } from '@lexwright/testing/postgres/databases'
import { oauthMigrations } from '../store/migrations.ts'
import { createOAuthStore, type OAuthStore } from '../store/store.ts'

/** The tables of the authorization server beside those of the accounts, in a database of their own. */
export interface OpenStore {
  readonly database: TestDatabase
  readonly accounts: AccountModule
  readonly store: OAuthStore
  close(): Promise<void>
}

export async function openStore(): Promise<OpenStore> {
  const database = await openDatabase()
  const accounts = createAccountModule({ ...(await testModuleOptions()), db: database.db })
  await accounts.migrate()
  const extension = extensionOf(accounts)
  await extension.migrate(oauthMigrations)
  const store = createOAuthStore(extension.queries, { concurrent: 60, lost: 900 })
  const close = async (): Promise<void> => {
    await accounts.stop()
    await database.close()
  }
  return { database, accounts, store, close }
}

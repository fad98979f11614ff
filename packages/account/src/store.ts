import type { Transaction } from 'kysely'
import {
  type AppPasswordStore,
  createAppPasswordStore,
} from './app-passwords/app-password-store.ts'
import { type ChangeStore, createChangeStore } from './changes/change-store.ts'
import { createMailCodeStore, type MailCodeStore } from './codes/mail-code-store.ts'
import { type AccountStore, createAccountStore } from './db/account-store.ts'
import { type AuditStore, createAuditStore } from './db/audit-store.ts'
import { type Database, type Queries, retryConflicts } from './db/database.ts'
import { createTimeStore, type TimeStore } from './db/time-store.ts'
import { createHandleClaimStore, type HandleClaimStore } from './handles/handle-claim-store.ts'
import { createDidLogStore, type DidLogStore } from './identity/did-log-store.ts'
import { createDidStore, type DidStore } from './identity/did-store.ts'
import { createDidUpdateStore, type DidUpdateStore } from './identity/did-update-store.ts'
import { createInviteStore, type InviteStore } from './invites/invite-store.ts'
import { createSigningKeyStore, type SigningKeyStore } from './keys/signing-key-store.ts'
import { createLifecycleStore, type LifecycleStore } from './lifecycle/lifecycle-store.ts'
import { createPostgresRateLimitStore } from './limits/postgres-rate-limit-store.ts'
import type { RateLimitStore } from './limits/rate-limit-store.ts'
import { createOutboxStore, type OutboxStore } from './mail/outbox-store.ts'
import { type BacklogStore, createBacklogStore } from './operator/backlog-store.ts'
import { createImportStore, type ImportStore } from './operator/import-store.ts'
import { createRosterStore, type RosterStore } from './operator/roster-store.ts'
import { createResetTokenStore, type ResetTokenStore } from './password-reset/reset-token-store.ts'
import {
  createRegistrationStore,
  type RegistrationStore,
} from './registration/registration-store.ts'
import { createSecretStore, type SecretStore } from './secrets/secret-store.ts'
import { type CredentialStore, createCredentialStore } from './sessions/credential-store.ts'
import { createSessionStore, type SessionStore } from './sessions/session-store.ts'

export {
  isDatabaseUnavailable,
  isTransactionConflict,
  violatedUniqueConstraint,
} from './db/postgres-errors.ts'

/** Every query of the module, by feature. */
export interface Stores {
  readonly accounts: AccountStore
  readonly appPasswords: AppPasswordStore
  readonly audit: AuditStore
  readonly backlog: BacklogStore
  readonly changes: ChangeStore
  readonly credentials: CredentialStore
  readonly didLogs: DidLogStore
  readonly dids: DidStore
  readonly didUpdates: DidUpdateStore
  readonly handleClaims: HandleClaimStore
  readonly imports: ImportStore
  readonly invites: InviteStore
  readonly lifecycle: LifecycleStore
  readonly mailCodes: MailCodeStore
  readonly outbox: OutboxStore
  readonly rateLimits: RateLimitStore
  readonly registrations: RegistrationStore
  readonly resetTokens: ResetTokenStore
  readonly roster: RosterStore
  readonly secrets: SecretStore
  readonly sessions: SessionStore
  readonly signingKeys: SigningKeyStore
  readonly time: TimeStore
}

/** The queries inside a transaction, and the transaction typed with the host's tables. */
export interface StoreTransaction<HostTables> extends Stores {
  readonly host: Transaction<HostTables>
  /** All tables of the module's schema, for packages beside it. */
  readonly queries: Queries
  /**
   * Runs work that needs the committed changes, before the transaction returns to its caller. The
   * work must not throw.
   */
  readonly afterCommit: (work: () => Promise<void>) => void
}

export interface Store<HostTables> extends Stores {
  /** See {@link Database.transaction}: the body may run several times. */
  transaction<Result>(body: (tx: StoreTransaction<HostTables>) => Promise<Result>): Promise<Result>
}

export function createStore<HostTables>(database: Database<HostTables>): Store<HostTables> {
  return {
    ...retrying(createStores(database.queries)),
    transaction: async (body) => {
      let followUps: (() => Promise<void>)[] = []
      const result = await database.transaction((queries, host) => {
        // A retried body starts anew.
        followUps = []
        const afterCommit = (work: () => Promise<void>) => void followUps.push(work)
        return body({ ...createStores(queries), host, queries, afterCommit })
      })
      for (const work of followUps) await work()
      return result
    },
  }
}

function createStores(queries: Queries): Stores {
  return {
    accounts: createAccountStore(queries),
    appPasswords: createAppPasswordStore(queries),
    audit: createAuditStore(queries),
    backlog: createBacklogStore(queries),
    changes: createChangeStore(queries),
    credentials: createCredentialStore(queries),
    didLogs: createDidLogStore(queries),
    dids: createDidStore(queries),
    didUpdates: createDidUpdateStore(queries),
    handleClaims: createHandleClaimStore(queries),
    imports: createImportStore(queries),
    invites: createInviteStore(queries),
    lifecycle: createLifecycleStore(queries),
    mailCodes: createMailCodeStore(queries),
    outbox: createOutboxStore(queries),
    rateLimits: createPostgresRateLimitStore(queries),
    registrations: createRegistrationStore(queries),
    resetTokens: createResetTokenStore(queries),
    roster: createRosterStore(queries),
    secrets: createSecretStore(queries),
    sessions: createSessionStore(queries),
    signingKeys: createSigningKeyStore(queries),
    time: createTimeStore(queries),
  }
}

/**
 * The same queries, retried on conflicts. Outside a transaction each is a single statement, so
 * nothing is done twice.
 */
function retrying(stores: Stores): Stores {
  const wrap = <Queries extends object>(queries: Queries): Queries =>
    Object.fromEntries(
      Object.entries(queries).map(([name, query]) => [
        name,
        (...parameters: unknown[]) => retryConflicts(() => query(...parameters)),
      ]),
    ) as Queries
  return {
    accounts: wrap(stores.accounts),
    appPasswords: wrap(stores.appPasswords),
    audit: wrap(stores.audit),
    backlog: wrap(stores.backlog),
    changes: wrap(stores.changes),
    credentials: wrap(stores.credentials),
    didLogs: wrap(stores.didLogs),
    dids: wrap(stores.dids),
    didUpdates: wrap(stores.didUpdates),
    handleClaims: wrap(stores.handleClaims),
    imports: wrap(stores.imports),
    invites: wrap(stores.invites),
    lifecycle: wrap(stores.lifecycle),
    mailCodes: wrap(stores.mailCodes),
    outbox: wrap(stores.outbox),
    rateLimits: wrap(stores.rateLimits),
    registrations: wrap(stores.registrations),
    resetTokens: wrap(stores.resetTokens),
    roster: wrap(stores.roster),
    secrets: wrap(stores.secrets),
    sessions: wrap(stores.sessions),
    signingKeys: wrap(stores.signingKeys),
    time: wrap(stores.time),
  }
}

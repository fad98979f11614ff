import { type Queries, retryConflicts } from '@lexwright/account/extension'
import type { RefreshGrace } from '../options.ts'
import { type ClientStore, createClientStore } from './client-store.ts'
import { createDeviceStore, type DeviceStore } from './device-store.ts'
import { createLexiconStore, type LexiconStore } from './lexicon-store.ts'
import { createReplayStore, type ReplayStore } from './replay-store.ts'
import { createRequestStore, type RequestStore } from './request-store.ts'
import { createScopeStore, type ScopeStore } from './scope-store.ts'
import { createSweepStore, type SweepStore } from './sweep-store.ts'
import type { OAuthQueries } from './tables.ts'
import { createTokenStore, type TokenStore } from './token-store.ts'

/** Every query of the authorization server. */
export interface OAuthStore {
  readonly clients: ClientStore
  readonly devices: DeviceStore
  readonly lexicons: LexiconStore
  readonly replays: ReplayStore
  readonly requests: RequestStore
  readonly scopes: ScopeStore
  readonly sweeps: SweepStore
  readonly tokens: TokenStore
}

/**
 * @param accounts the tables of the account module, whose schema also has those of the
 * authorization server.
 */
export function createOAuthStore(accounts: Queries, grace: Partial<RefreshGrace> = {}): OAuthStore {
  const queries = accounts as unknown as OAuthQueries
  return {
    clients: retrying(createClientStore(queries)),
    devices: retrying(createDeviceStore(queries)),
    lexicons: retrying(createLexiconStore(queries)),
    replays: retrying(createReplayStore(queries)),
    requests: retrying(createRequestStore(queries)),
    scopes: retrying(createScopeStore(queries)),
    sweeps: retrying(createSweepStore(queries)),
    tokens: retrying(createTokenStore(queries, { concurrent: 2, lost: 30, ...grace })),
  }
}

/** The same queries, retried on conflicts. */
function retrying<Store extends object>(store: Store): Store {
  return Object.fromEntries(
    Object.entries(store).map(([name, query]) => [
      name,
      (...parameters: unknown[]) => retryConflicts(() => query(...parameters)),
    ]),
  ) as Store
}

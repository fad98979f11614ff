import { type Queries, type RepositoryHome, retryConflicts } from '@lexwright/account/extension'
import {
  type Arrival,
  type ArrivalStore,
  createArrivalStore,
  insertArrival,
} from './arrival-store.ts'
import { type CopyStore, createCopyStore } from './copy-store.ts'
import { createHostStore, type HostStore } from './host-store.ts'
import { type ClaimedMove, createMoveStore, followMove, type MoveStore } from './move-store.ts'
import { createOutboxStore, type NewUpdate, type OutboxStore } from './outbox-store.ts'
import {
  createPlacementStore,
  findPlaceOf,
  insertPlacement,
  type Placement,
  type PlacementStore,
} from './placement-store.ts'
import type { EntrywayQueries } from './tables.ts'

/** Every query of the entryway. */
export interface EntrywayStore {
  readonly arrivals: ArrivalStore
  readonly copies: CopyStore
  readonly hosts: HostStore
  readonly moves: MoveStore
  readonly placements: PlacementStore
  readonly outbox: OutboxStore
}

/**
 * @param accounts the tables of the account module, whose schema also has those of the entryway.
 */
export function createEntrywayStore(accounts: Queries): EntrywayStore {
  const queries = accounts as unknown as EntrywayQueries
  return {
    arrivals: retrying(createArrivalStore(queries)),
    copies: retrying(createCopyStore(queries)),
    hosts: retrying(createHostStore(queries)),
    moves: retrying(createMoveStore(queries)),
    placements: retrying(createPlacementStore(queries)),
    outbox: retrying(createOutboxStore(queries)),
  }
}

/** Stores a placement in the transaction that reserves its account. */
export function keepPlacement(transaction: Queries, placement: Placement): Promise<void> {
  return insertPlacement(transaction as unknown as EntrywayQueries, placement)
}

/** Stores the place of an account moving in, in the transaction that reserves the account. */
export function keepArrival(
  transaction: Queries,
  arrival: Arrival & { readonly at: Date },
): Promise<void> {
  return insertArrival(transaction as unknown as EntrywayQueries, arrival)
}

/**
 * Records the new host of a moving account, in the transaction that mirrors its DID; false if the
 * claim was overtaken.
 */
export function followDid(
  transaction: Queries,
  claim: ClaimedMove,
  signingKey: string,
): Promise<boolean> {
  return followMove(transaction as unknown as EntrywayQueries, claim, signingKey)
}

/**
 * The host of an account, or the one it is moving in to, and the account's signing key there.
 */
export function findHome(queries: Queries, did: string): Promise<RepositoryHome | undefined> {
  return findPlaceOf(queries as unknown as EntrywayQueries, did)
}

/** Queues an update of an account's host, in the transaction of the change. */
export function queueUpdate(transaction: Queries, update: NewUpdate): Promise<boolean> {
  return createOutboxStore(transaction as unknown as EntrywayQueries).put(update)
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

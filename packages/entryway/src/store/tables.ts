import type { AccountTables, NullableTimestamp, Timestamp } from '@lexwright/account/extension'
import type { Generated, Kysely } from 'kysely'
import type { HostState } from '../hosts/host.ts'

/** The tables of the entryway, in the schema of the account module. */
export interface EntrywayTables {
  entryway_account: PlacementTable
  entryway_host: HostTable
}

/** The tables of the entryway, and of the accounts it stands on. */
export type EntrywayQueries = Kysely<AccountTables & EntrywayTables>

/** A PDS. */
export interface HostTable {
  did: string
  /** An origin. */
  url: string
  weight: number
  state: HostState
  /** Sealed for the DID under the key encryption key of the account module. */
  admin_password_sealed: Uint8Array
  added_at: Timestamp
  /** Whoever finds this in the past looks at the health of the host, and moves it on first. */
  next_look_at: Timestamp
  looked_at: NullableTimestamp
  /** Looks in a row that found it not healthy. */
  failed_looks: Generated<number>
  last_error: string | null
}

/** Where an account lives, or is about to. */
export interface PlacementTable {
  did: string
  host: string
  /** That the host signs the repository with, as `did:key`. */
  signing_key: string
  /** The operation that it is created with at the host, as JSON text: stored before it is sent. */
  operation: string
  /** Until then an attempt to create the account is under way; null once it is over, and the host has answered. */
  busy_until: NullableTimestamp
  /** When the oldest operation was sent that the host has not answered. The host may have the account, or be at work on it. */
  unanswered_since: NullableTimestamp
}

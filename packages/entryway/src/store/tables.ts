import type { AccountTables, NullableTimestamp, Timestamp } from '@lexwright/account/extension'
import type { Generated, Kysely } from 'kysely'
import type { HostState } from '../hosts/host.ts'
import type { MoveStep } from '../moves/move.ts'

/** The tables of the entryway, in the schema of the account module. */
export interface EntrywayTables {
  entryway_account: PlacementTable
  entryway_host: HostTable
  entryway_move: MoveTable
  entryway_outbox: EntrywayOutboxTable
}

/** The tables of the entryway and of the accounts. */
export type EntrywayQueries = Kysely<AccountTables & EntrywayTables>

/** A PDS. */
export interface HostTable {
  did: string
  /** An origin. */
  url: string
  weight: number
  state: HostState
  /** Sealed under the account module's key encryption key, with the DID as context. */
  admin_password_sealed: Uint8Array
  added_at: Timestamp
  /**
   * Lease: a process that finds this in the past may check the host's health, after moving it
   * forward.
   */
  next_look_at: Timestamp
  looked_at: NullableTimestamp
  /** Consecutive failed health checks. */
  failed_looks: Generated<number>
  last_error: string | null
}

/** The host of each account, existing or being created. */
export interface PlacementTable {
  did: string
  host: string
  /** The key with which the host signs the repository, as `did:key`. */
  signing_key: string
  /** The operation that creates the account at the host, as JSON text; stored before it is sent. */
  operation: string
  /** Lease of the attempt to create the account; null once the host has answered. */
  busy_until: NullableTimestamp
  /**
   * When the oldest unanswered operation was sent. The host may have created the account, or still
   * be working on it.
   */
  unanswered_since: NullableTimestamp
}

/**
 * A move of an account. After the move, the row represents the copy at the former host until that
 * is removed.
 */
export interface MoveTable {
  did: string
  /** DID of the old host, or URL of a PDS that is not a host. */
  from_host: string
  to_host: string
  /** The step to take next. */
  step: MoveStep
  started_at: Timestamp
  attempts: Generated<number>
  /**
   * When any process may continue the move: while one carries it out, the end of its lease. Null
   * while the move waits for the operator or the owner.
   */
  next_attempt_at: NullableTimestamp
  /** Error of the last attempt, or the reason to wait; null while an attempt is running. */
  last_error: string | null
  /** When the unanswered request to create the account was sent to the new host. */
  sent_at: NullableTimestamp
  /** The key reserved at the new host for an account from a PDS that is not a host. */
  signing_key: string | null
  /** Preferences that such an account stores before it is at its host, as JSON text. */
  preferences: string | null
  /** Blobs that could not be copied. */
  missing_blobs: Generated<number>
  finished_at: NullableTimestamp
}

/**
 * A pending update of an account's host, at most one per account. It sends the present state of the
 * account, so it also covers later changes.
 */
export interface EntrywayOutboxTable {
  did: string
  /** True if the handle or anything else in the DID has changed. */
  has_handle: boolean
  /** True if the account was deactivated or taken down, or this was undone. */
  has_status: boolean
  /** True if the host must remove the account. */
  has_removal: boolean
  /** Number of changes: after more than a claim has seen, the update runs again. */
  changes: Generated<number>
  /** Time of the oldest change. */
  changed_at: Timestamp
  /** Number of claims, which identifies a claim. */
  attempts: Generated<number>
  next_attempt_at: Timestamp
  /** Lease of the process that runs the update; null if none does. */
  claimed_until: NullableTimestamp
  last_error: string | null
}

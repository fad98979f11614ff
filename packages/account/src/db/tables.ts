import type { ColumnType, Generated } from 'kysely'
import type { NullableTimestamp, Timestamp } from './timestamps.ts'

/** The tables of the account module, as created by the migrations; `schema.txt` is the result. */
export interface AccountTables {
  account: AccountTable
  account_change: AccountChangeTable
  app_password: AppPasswordTable
  audit_log: AuditLogTable
  change_sequence: ChangeSequenceTable
  did_log: DidLogTable
  did_operation: DidOperationTable
  did_update: DidUpdateTable
  handle_claim: HandleClaimTable
  invite_code: InviteCodeTable
  mail_code: MailCodeTable
  outbox: OutboxTable
  rate_limit: RateLimitTable
  reserved_key: ReservedKeyTable
  reset_token: ResetTokenTable
  secret_fingerprint: SecretFingerprintTable
  session: SessionTable
  signing_key: SigningKeyTable
}

/**
 * - `pending`: reserved, DID not published yet; resumed or released after a crash.
 * - `active`: usable.
 * - `deactivated`: by its owner or the operator, or moving in: its sessions work, and its content
 *   is not served.
 * - `disabled`: by the operator, who ended its sessions; nobody logs in to it.
 * - `deleted`: by its owner; handle and email stay reserved, and its data is removed after
 *   `purge_after`.
 */
export type AccountStatus = 'pending' | 'active' | 'deactivated' | 'disabled' | 'deleted'

/** Personal columns are null once the account is purged. */
export interface AccountTable {
  did: string
  status: AccountStatus
  /** Lower case. Null once the handle of a purged account is free again. */
  handle: string | null
  /** As typed by the owner. */
  email: string | null
  /** Canonical form of all spellings of a mailbox; unique. */
  email_canonical: string | null
  password_hash: string | null
  /**
   * When the owner first proved the address, with the code of a reset mail. Null before, and once
   * purged.
   */
  email_confirmed_at: NullableTimestamp
  /**
   * `did:key` kept by the owner, the first rotation key of the DID. Null once removed; updated from
   * the directory.
   */
  recovery_key: string | null
  invite_code: string | null
  /** Incremented to end every session at once: tokens of an earlier epoch are invalid. */
  session_epoch: Generated<number>
  created_at: Timestamp
  activated_at: NullableTimestamp
  password_changed_at: Timestamp
  /** Set by a reset, cleared by the first login after it, which is announced to the owner. */
  notify_of_login: Generated<boolean>
  /** Set while disabled, also through a deletion: a restored account is disabled again. */
  disabled_at: NullableTimestamp
  /** The operator's reference for the takedown. */
  takedown_ref: string | null
  /** Set while deactivated, also while disabled or deleted in the meantime. */
  deactivated_at: NullableTimestamp
  /** When a deactivated account is deleted, if the owner chose a date. */
  delete_after: NullableTimestamp
  /** True if a login also requires a mailed code. */
  email_auth_factor: Generated<boolean>
  /** Since when the account gets no invite codes. */
  invites_disabled_at: NullableTimestamp
  /** The operator's reason for `invites_disabled_at`. */
  invite_note: string | null
  deleted_at: NullableTimestamp
  purge_after: NullableTimestamp
  purged_at: NullableTimestamp
}

/** The signed genesis operation of each DID and the progress of its publication. */
export interface DidOperationTable {
  did: string
  /** JSON text, exactly as sent to the directory. */
  operation: string
  published_at: NullableTimestamp
  attempts: Generated<number>
  /**
   * Lease: a process that finds this in the past may publish, after moving it forward. `infinity` without
   * a configured directory.
   */
  next_attempt_at: Timestamp
  last_error: string | null
}

/** Every operation of each DID, mirrored from its directory; position 0 is the oldest. */
export interface DidLogTable {
  did: string
  position: number
  /** JSON text; the document for a `did:web`. */
  operation: string
  /** True if a key of higher rank has nullified it. */
  is_nullified: Generated<boolean>
}

/**
 * - `recovery-key`: removes a recovery key set before the address was confirmed. The row stays
 *   until
 *   the removal can no longer be contested.
 * - `handle`: changes the handle.
 * - `signing-key`: changes the signing key.
 * - `look`: changes nothing, only reads the log.
 */
export type DidUpdateKind = 'recovery-key' | 'handle' | 'signing-key' | 'look'

/** A pending change to a DID. */
export interface DidUpdateTable {
  did: string
  kind: DidUpdateKind
  /** The key or the handle concerned; empty for a `look`. */
  subject: string
  /**
   * The signed operation as JSON text, stored before it is sent. Null until the directory's log was
   * read.
   */
  operation: string | null
  /** When the directory was seen to have the operation. */
  published_at: NullableTimestamp
  /** Number of claims so far, which identifies a claim. */
  attempts: Generated<number>
  /** Lease: a claim moves it forward. */
  next_attempt_at: Timestamp
  last_error: string | null
}

/**
 * The claim on each handle: by an account, by a pending change, or by the last owner, who may take
 * it back. A row exists for as long as others may not have the handle.
 */
export interface HandleClaimTable {
  /** Lower case. */
  handle: string
  did: string
  /**
   * A former handle is reserved for its last owner until then. Null while in use or in a pending
   * change.
   */
  held_until: NullableTimestamp
  /**
   * When the resolution of a handle of another domain was last checked; 1970 if never. Null if it is
   * not checked.
   */
  checked_at: NullableTimestamp
  /** Consecutive failed checks. */
  failed_checks: Generated<number>
}

/**
 * The present, former and pending signing keys of each account's repository, sealed under the
 * module's key encryption key. An account has one present key: activated and not retired.
 */
export interface SigningKeyTable {
  did: string
  public_key: string
  private_key_sealed: Uint8Array
  created_at: Timestamp
  /** Null until the DID names it. */
  activated_at: NullableTimestamp
  /** Set once replaced. Kept for 73 hours. */
  retired_at: NullableTimestamp
}

/** Signing keys for future accounts, for DID documents that name them in advance. */
export interface ReservedKeyTable {
  /** As `did:key`. */
  public_key: string
  /** The DID it was reserved for; null if none was given. */
  did: string | null
  /** Sealed with its public key as context. */
  private_key_sealed: Uint8Array
  /** Deleted then unless used. */
  expires_at: Timestamp
}

export interface InviteCodeTable {
  code: string
  /** The DID of the owner. */
  for_account: string | null
  uses_granted: number
  uses_left: number
  created_by: string
  created_at: Timestamp
  disabled_at: NullableTimestamp
  /** The operator's reference for the takedown. */
  takedown_ref: string | null
  /** Set while deactivated, also while disabled or deleted in the meantime. */
  deactivated_at: NullableTimestamp
  /** When a deactivated account is deleted, if the owner chose a date. */
  delete_after: NullableTimestamp
  /** True if a login also requires a mailed code. */
  email_auth_factor: Generated<boolean>
  /** Since when the account gets no invite codes. */
  invites_disabled_at: NullableTimestamp
  /** The operator's reason for `invites_disabled_at`. */
  invite_note: string | null
}

export type RevocationReason =
  | 'logout'
  | 'reuse'
  | 'password-reset'
  | 'account-deleted'
  | 'account-disabled'
  | 'moved-in'
  | 'operator'
  | 'app-password-revoked'

/**
 * The scopes of a session's access tokens.
 *
 * - `access`: everything the owner may do.
 * - `appPass`, `appPassPrivileged`: what an app may do.
 * - `takendown`: what the owner of a disabled account may do in order to leave.
 */
export type AccessScope = 'access' | 'appPass' | 'appPassPrivileged' | 'takendown'

/** A password for an app, created by the owner. */
export interface AppPasswordTable {
  did: string
  name: string
  /** HMAC-SHA-256 of account and password, under `tokenHmacKey`: 80 random bits need no slow hash. */
  password_hash: string
  is_privileged: boolean
  created_at: Timestamp
  last_used_at: NullableTimestamp
}

/** A refresh token family: one per login. */
export interface SessionTable {
  id: string
  did: string
  /** Epoch of the account at login; the family ends once the account's is higher. */
  epoch: number
  scope: Generated<AccessScope>
  /** The name of the app password used to log in. */
  app_password: string | null
  /** When the password was last entered. Refreshing keeps it. */
  auth_time: Timestamp
  created_at: Timestamp
  /** When the current refresh token expires. */
  expires_at: Timestamp
  /** `jti` of the current refresh token and of the one before. */
  refresh_jti: string
  previous_jti: string | null
  /** When the current refresh token was issued. */
  rotated_at: Timestamp
  /**
   * Tokens before `previous_jti`, newest first: JSON of each `jti` and its rotation time in
   * milliseconds.
   */
  older_tokens: ColumnType<unknown, string | undefined, string>
  /** False until the access token issued with the current refresh token is used. */
  is_used: Generated<boolean>
  revoked_at: NullableTimestamp
  revoked_reason: RevocationReason | null
}

/** At most one live reset token per account: the newest wins. Deleted once used. */
export interface ResetTokenTable {
  did: string
  token_hash: string
  created_at: Timestamp
  expires_at: Timestamp
}

/** The purpose of a code from a mail. */
export type CodePurpose =
  | 'confirm-email'
  | 'update-email'
  | 'delete-account'
  | 'plc-operation'
  | 'sign-in'

/** At most one live code per account and purpose: the newest wins. Deleted once used. */
export interface MailCodeTable {
  did: string
  purpose: CodePurpose
  /** HMAC-SHA-256 of purpose, account and code, under `tokenHmacKey`. */
  code_hash: string
  created_at: Timestamp
  expires_at: Timestamp
}

export type MailKind =
  | 'confirm-email'
  | 'update-email'
  | 'delete-account'
  | 'plc-operation'
  | 'sign-in'
  | 'email-changed'
  | 'message'
  | 'password-reset'
  | 'password-changed'
  | 'login-after-reset'
  | 'session-reuse'
  | 'account-deleted'
  | 'recovery-key-kept'

/** Mail to send. A row is deleted once the next server has accepted its mail. */
export interface OutboxTable {
  id: Generated<string>
  kind: MailKind
  /**
   * Null when a reset was requested for an unknown address: the row is written, but no mail is
   * sent.
   */
  did: string | null
  /**
   * For a reset request: a keyed hash of the requested address. At most one mail per key is
   * pending.
   */
  request_key: string | null
  /** Recipient, if not the address of the account. */
  address: string | null
  /** JSON with the subject and the text of a message. */
  content: string | null
  created_at: Timestamp
  /** Lease: not sent before this; a claim moves it forward. */
  run_after: Timestamp
  /** Number of claims so far, which identifies a claim. */
  attempts: Generated<number>
  last_error: string | null
  /** Set while a process sends it; after a crash, until the claim ends. */
  is_claimed: Generated<boolean>
  /** The Message-ID: random, and the same for each attempt. */
  message_id: Generated<string>
  /** Set once given up. */
  failed_at: NullableTimestamp
}

/** Points that a caller spent of a limit in the current window. Unlogged: lost after a crash. */
export interface RateLimitTable {
  /** The limit and a keyed hash of the caller: no address is stored. */
  key: string
  spent: number
  /** End of the window; ignored from then on. */
  resets_at: Timestamp
}

/** The secrets that stored data depends on. */
export type SecretName = 'password-pepper' | 'key-encryption-key' | 'plc-rotation-key'

/** The secrets used with the database: a keyed hash of each, the newest last. */
export interface SecretFingerprintTable {
  id: Generated<string>
  name: SecretName
  fingerprint: string
  noted_at: ColumnType<Date | string, never, never>
}

/** Every change to an account, for polling hosts; written in the transaction of the change. */
export interface AccountChangeTable {
  id: Generated<string>
  /** Null until numbered after commit. */
  seq: string | null
  did: string
  kind: string
  /** JSON. */
  detail: ColumnType<unknown, string, never>
  at: Timestamp
}

/** One row: the number of the last change. Locked while changes are numbered. */
export interface ChangeSequenceTable {
  id: number
  last: string
}

export type AuditActor = 'owner' | 'admin' | 'system'

/**
 * Append-only: a trigger refuses changes. It outlives the account, so it holds no personal data.
 */
export interface AuditLogTable {
  id: Generated<string>
  at: Timestamp
  event: string
  actor: AuditActor
  did: string | null
  /** JSON. */
  detail: ColumnType<unknown, string, never>
}

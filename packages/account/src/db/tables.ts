import type { ColumnType, Generated } from 'kysely'

/**
 * A moment. Written as a `Date`; read as whatever the host's driver makes of a `timestamptz`, so
 * every query that returns one passes it through {@link toDate}.
 */
export type Timestamp = ColumnType<Date | string, Date, Date>
export type NullableTimestamp = ColumnType<
  Date | string | null,
  Date | null | undefined,
  Date | null
>

/** The tables of the account module; `schema.txt` is what the migrations make of them. */
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
 * - `pending`: reserved, its DID not yet published; a crash leaves it so, and it is resumed or
 *   released.
 * - `active`: usable.
 * - `deactivated`: by its owner or the operator, or moving in: its sessions work, and its content is not served.
 * - `disabled`: by the operator, who ended its sessions; nobody logs in to it.
 * - `deleted`: by its owner; handle and email stay reserved, and after `purge_after` its data is
 *   removed.
 */
export type AccountStatus = 'pending' | 'active' | 'deactivated' | 'disabled' | 'deleted'

/** Personal columns are null once the account is purged. */
export interface AccountTable {
  did: string
  status: AccountStatus
  /** Lower case. Null once a purged account's handle is free for others again. */
  handle: string | null
  /** As typed by its owner. */
  email: string | null
  /** Common form of all spellings of one mailbox; unique. */
  email_canonical: string | null
  password_hash: string | null
  /**
   * When its owner first showed that the address is theirs: with the code of a reset mail. Null until then, and once it is
   * purged.
   */
  email_confirmed_at: NullableTimestamp
  /**
   * The `did:key` its owner keeps, the first rotation key of the DID. Null once it was removed; another one if the directory
   * was found to have another.
   */
  recovery_key: string | null
  invite_code: string | null
  /** Raised when every session ends at once: tokens of an earlier epoch are worth nothing. */
  session_epoch: Generated<number>
  created_at: Timestamp
  activated_at: NullableTimestamp
  password_changed_at: Timestamp
  /** Set by a reset, taken back by the first login after it, which the owner hears of. */
  notify_of_login: Generated<boolean>
  /** Set while it is disabled, also through a deletion: a restored account is disabled again. */
  disabled_at: NullableTimestamp
  /** The operator's reference of the takedown. */
  takedown_ref: string | null
  /** Set while it is deactivated, also while it is disabled or deleted meanwhile. */
  deactivated_at: NullableTimestamp
  /** When a deactivated account is deleted, if its owner said so. */
  delete_after: NullableTimestamp
  /** True if a login also needs a code from a mail. */
  email_auth_factor: Generated<boolean>
  /** From then on the account is given no invite codes. */
  invites_disabled_at: NullableTimestamp
  /** The operator's reason for that. */
  invite_note: string | null
  deleted_at: NullableTimestamp
  purge_after: NullableTimestamp
  purged_at: NullableTimestamp
}

/** The signed genesis operation of each DID, and how far its publication has come. */
export interface DidOperationTable {
  did: string
  /** JSON text, exactly as it is sent to the directory. */
  operation: string
  published_at: NullableTimestamp
  attempts: Generated<number>
  /**
   * Who finds this in the past may publish; whoever does moves it on first. `infinity` while there is
   * no directory.
   */
  next_attempt_at: Timestamp
  last_error: string | null
}

/** Every operation of each DID, mirrored from its directory; position 0 is the oldest. */
export interface DidLogTable {
  did: string
  position: number
  /** JSON text; of a `did:web` its document. */
  operation: string
  /** True if a key of higher rank has undone it. */
  is_nullified: Generated<boolean>
}

/**
 * - `recovery-key`: takes a recovery key out that was given before the address of the account was confirmed. The row stays until
 *   nobody can object any more.
 * - `handle`: puts another handle into it.
 * - `signing-key`: puts another signing key into it.
 * - `look`: changes nothing, and reads the log.
 */
export type DidUpdateKind = 'recovery-key' | 'handle' | 'signing-key' | 'look'

/** A change that a DID is to undergo, until it is over. */
export interface DidUpdateTable {
  did: string
  kind: DidUpdateKind
  /** The key or the handle that it is about; empty for a `look`. */
  subject: string
  /** The signed operation as JSON text, stored before it is sent. Null until the directory's log was read. */
  operation: string | null
  /** When the directory was found to have the operation. */
  published_at: NullableTimestamp
  /** Claims so far. Also tells a claim from a later one. */
  attempts: Generated<number>
  /** A claim moves it on, as far as the claim may last. */
  next_attempt_at: Timestamp
  last_error: string | null
}

/**
 * Whose each handle is: an account's, one that a change under way holds, or one that its last owner may take back. An account and
 * its handle have a row here as long as others may not have the handle.
 */
export interface HandleClaimTable {
  /** Lower case. */
  handle: string
  did: string
  /** Until then a former handle is its last owner's. Null while it is in use, or about to be. */
  held_until: NullableTimestamp
  /** When it was last looked up whether it leads to its account: of handles of other domains. */
  checked_at: NullableTimestamp
  /** How often in a row it did not. */
  failed_checks: Generated<number>
}

/**
 * The keys that each account's repository is or was signed with, sealed under the module's key encryption key. One of an account is
 * the present one: activated, and not retired.
 */
export interface SigningKeyTable {
  did: string
  public_key: string
  private_key_sealed: Uint8Array
  created_at: Timestamp
  /** Null while its DID does not name it yet. */
  activated_at: NullableTimestamp
  /** Set once another one has taken its place. It is remembered for 73 hours. */
  retired_at: NullableTimestamp
}

/** Keys for accounts to come, which their DIDs may name before. */
export interface ReservedKeyTable {
  /** As `did:key`. */
  public_key: string
  /** Who asked for it; null if nobody said. */
  did: string | null
  /** Bound to its public key. */
  private_key_sealed: Uint8Array
  /** Gone then, unless it was used. */
  expires_at: Timestamp
}

export interface InviteCodeTable {
  code: string
  /** The DID that it belongs to. */
  for_account: string | null
  uses_granted: number
  uses_left: number
  created_by: string
  created_at: Timestamp
  disabled_at: NullableTimestamp
  /** The operator's reference of the takedown. */
  takedown_ref: string | null
  /** Set while it is deactivated, also while it is disabled or deleted meanwhile. */
  deactivated_at: NullableTimestamp
  /** When a deactivated account is deleted, if its owner said so. */
  delete_after: NullableTimestamp
  /** True if a login also needs a code from a mail. */
  email_auth_factor: Generated<boolean>
  /** From then on the account is given no invite codes. */
  invites_disabled_at: NullableTimestamp
  /** The operator's reason for that. */
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
 * The scopes of the access tokens of a session.
 *
 * - `access`: everything its owner may do.
 * - `appPass`, `appPassPrivileged`: what an app may do.
 * - `takendown`: what the owner of a disabled account may do, to leave.
 */
export type AccessScope = 'access' | 'appPass' | 'appPassPrivileged' | 'takendown'

/** A password that an owner gives to an app. */
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
  /** The account's epoch at login; the family is dead once the account's is higher. */
  epoch: number
  scope: Generated<AccessScope>
  /** The name of the app password that it began with. */
  app_password: string | null
  /** When the password was last given. Refreshing keeps it. */
  auth_time: Timestamp
  created_at: Timestamp
  /** When the current refresh token ends. */
  expires_at: Timestamp
  /** `jti` of the current refresh token, and of the one before. */
  refresh_jti: string
  previous_jti: string | null
  /** When the current refresh token was issued. */
  rotated_at: Timestamp
  /**
   * Tokens before `previous_jti`, newest first: JSON of their `jti` and when they were rotated away, in
   * milliseconds.
   */
  older_tokens: ColumnType<unknown, string | undefined, string>
  /** False until an access token that came with the current refresh token is used. */
  is_used: Generated<boolean>
  revoked_at: NullableTimestamp
  revoked_reason: RevocationReason | null
}

/** At most one live reset token per account: the newest wins. Gone once used. */
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

/** At most one live code per account and purpose: the newest wins. Gone once used. */
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

/** Mail to be sent. A row is deleted once its mail is in other hands. */
export interface OutboxTable {
  id: Generated<string>
  kind: MailKind
  /**
   * Null when a reset was requested for an address nobody has: written all the same, sent to
   * nobody.
   */
  did: string | null
  /**
   * Of a request for a reset: a keyed hash of the address that was asked for. One mail is on its way
   * however often it is asked for.
   */
  request_key: string | null
  /** Where it goes instead of to the address of the account. */
  address: string | null
  /** JSON of the subject and the text of a message. */
  content: string | null
  created_at: Timestamp
  /** Not before this; whoever claims the row moves it on first, as far as its claim may last. */
  run_after: Timestamp
  /** Claims so far. Also tells a claim from a later one. */
  attempts: Generated<number>
  last_error: string | null
  /** Set while a process sends it; one that died leaves it set until its claim ends. */
  is_claimed: Generated<boolean>
  /** Names the mail to its recipient's mail program: random, and the same for each attempt. */
  message_id: Generated<string>
  /** Set when it is given up. */
  failed_at: NullableTimestamp
}

/** Points that one caller spent of a limit in the present window. Unlogged: gone after a crash. */
export interface RateLimitTable {
  /** The limit and a keyed hash of the caller: nobody's address is in here. */
  key: string
  spent: number
  /** When the window ends. From then on the row counts for nothing. */
  resets_at: Timestamp
}

/** The secrets that stored data depends on. */
export type SecretName = 'password-pepper' | 'key-encryption-key' | 'plc-rotation-key'

/** Which secrets the database was used with: a keyed hash of each, the newest last. */
export interface SecretFingerprintTable {
  id: Generated<string>
  name: SecretName
  fingerprint: string
  noted_at: ColumnType<Date | string, never, never>
}

/** Every change of an account, for hosts that poll: in the same transaction as the change. */
export interface AccountChangeTable {
  id: Generated<string>
  /** Null until it is numbered, once it is committed. */
  seq: string | null
  did: string
  kind: string
  /** JSON. */
  detail: ColumnType<unknown, string, never>
  at: Timestamp
}

/** One row: the number of the last change. Whoever numbers changes locks it. */
export interface ChangeSequenceTable {
  id: number
  last: string
}

export type AuditActor = 'owner' | 'admin' | 'system'

/** Append-only: a trigger refuses changes. Holds no personal data, so it outlives the account. */
export interface AuditLogTable {
  id: Generated<string>
  at: Timestamp
  event: string
  actor: AuditActor
  did: string | null
  /** JSON. */
  detail: ColumnType<unknown, string, never>
}

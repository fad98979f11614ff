import type { LimitName, LimitStatus } from './limits/limits.ts'

/** The errors of the domain, independent of HTTP. Messages are safe to return to the caller. */
export abstract class AccountError extends Error {
  abstract readonly code: AccountErrorCode
}

/** Codes of all refusals. */
export type AccountErrorCode =
  | 'invalid-handle'
  | 'handle-not-available'
  | 'invalid-email'
  | 'email-not-available'
  | 'invalid-password'
  | 'invalid-recovery-key'
  | 'invalid-invite-code'
  | 'invalid-use-count'
  | 'invites-disabled'
  | 'invalid-reset-token'
  | 'expired-reset-token'
  | 'invalid-app-password'
  | 'invalid-code'
  | 'expired-code'
  | 'code-required'
  | 'auth-factor-required'
  | 'other-email'
  | 'reauthentication-required'
  | 'account-not-found'
  | 'wrong-account-status'
  | 'invite-code-not-found'
  | 'session-not-found'
  | 'mail-not-found'
  | 'wrong-mail-status'
  | 'invalid-cursor'
  | 'account-disabled'
  | 'account-deactivated'
  | 'wrong-credentials'
  | 'handle-not-found'
  | 'invalid-token'
  | 'bad-token-scope'
  | 'expired-token'
  | 'identity-refused'
  | 'bad-expiration'
  | 'unresolvable-handle'
  | 'did-not-found'
  | 'did-deactivated'
  | 'invalid-operation'
  | 'did-not-available'
  | 'unresolvable-did'
  | 'service-auth-refused'
  | 'did-leads-elsewhere'
  | 'temporarily-unavailable'
  | 'rate-limit-exceeded'

/** The rule that a handle violates. */
export type HandleRule =
  | 'syntax'
  /** Not under a served domain. */
  | 'domain'
  | 'too-short'
  | 'too-long'
  /** More than one label before the domain, or an internationalized label. */
  | 'label'
  /** A top-level domain not allowed for handles. */
  | 'tld'
  /** A handle of another domain that does not resolve to the account. */
  | 'unproven'

/** The handle violates a rule, which the message names. */
export class InvalidHandle extends AccountError {
  readonly code = 'invalid-handle'
  /** `syntax` by default. */
  readonly rule: HandleRule

  constructor(message: string, options: ErrorOptions & { readonly rule?: HandleRule } = {}) {
    super(message, options)
    this.rule = options.rule ?? 'syntax'
  }
}

/** The handle is reserved or taken. */
export class HandleNotAvailable extends AccountError {
  readonly code = 'handle-not-available'
  /** The handle, if it is taken. */
  readonly taken: string | undefined

  constructor(message: string, options?: ErrorOptions & { readonly taken?: string }) {
    super(message, options)
    this.taken = options?.taken
  }
}

export class InvalidEmail extends AccountError {
  readonly code = 'invalid-email'
}

export class EmailNotAvailable extends AccountError {
  readonly code = 'email-not-available'
  /** The address as entered. */
  readonly taken: string | undefined

  constructor(message: string, options?: ErrorOptions & { readonly taken?: string }) {
    super(message, options)
    this.taken = options?.taken
  }
}

/** The password violates a rule, which the message names. */
export class InvalidPassword extends AccountError {
  readonly code = 'invalid-password'
}

export class InvalidRecoveryKey extends AccountError {
  readonly code = 'invalid-recovery-key'
}

/**
 * Missing, unknown, disabled or used up. The last three are deliberately indistinguishable, against
 * enumeration.
 */
export class InvalidInviteCode extends AccountError {
  readonly code = 'invalid-invite-code'
  readonly isMissing: boolean

  constructor(message: string, options?: ErrorOptions & { readonly isMissing?: boolean }) {
    super(message, options)
    this.isMissing = options?.isMissing ?? false
  }
}

export class InvalidUseCount extends AccountError {
  readonly code = 'invalid-use-count'
}

/** The account may not get invite codes. */
export class InvitesDisabled extends AccountError {
  readonly code = 'invites-disabled'
}

/** Unknown, used or superseded. */
export class InvalidResetToken extends AccountError {
  readonly code = 'invalid-reset-token'
}

export class ExpiredResetToken extends AccountError {
  readonly code = 'expired-reset-token'
}

/** The name of an app password is invalid or taken. */
export class InvalidAppPassword extends AccountError {
  readonly code = 'invalid-app-password'
}

/** A mailed code is unknown, used, superseded, or for another purpose. */
export class InvalidCode extends AccountError {
  readonly code = 'invalid-code'
}

/** A mailed code has expired. */
export class ExpiredCode extends AccountError {
  readonly code = 'expired-code'
}

/** The change requires a code mailed to the confirmed address. */
export class CodeRequired extends AccountError {
  readonly code = 'code-required'
}

/** The password is correct and the login also requires a code, which has been mailed. */
export class AuthFactorRequired extends AccountError {
  readonly code = 'auth-factor-required'
}

/** The address to confirm is not that of the account. */
export class OtherEmail extends AccountError {
  readonly code = 'other-email'
}

/** The login behind the token is too old for this operation. */
export class ReauthenticationRequired extends AccountError {
  readonly code = 'reauthentication-required'
}

export class AccountNotFound extends AccountError {
  readonly code = 'account-not-found'
}

/** The operation is not possible in the present state of the account. */
export class WrongAccountStatus extends AccountError {
  readonly code = 'wrong-account-status'
}

export class InviteCodeNotFound extends AccountError {
  readonly code = 'invite-code-not-found'
}

export class SessionNotFound extends AccountError {
  readonly code = 'session-not-found'
}

/** The mail is not in the outbox: sent, dropped, or nonexistent. */
export class MailNotFound extends AccountError {
  readonly code = 'mail-not-found'
}

/** The operation is not possible in the present state of the mail. */
export class WrongMailStatus extends AccountError {
  readonly code = 'wrong-mail-status'
}

/** The cursor is not from an earlier page. */
export class InvalidCursor extends AccountError {
  readonly code = 'invalid-cursor'
}

export class AccountDisabled extends AccountError {
  readonly code = 'account-disabled'
}

/** The account is deactivated and the method requires an active one. */
export class AccountDeactivated extends AccountError {
  readonly code = 'account-deactivated'
}

/** Unknown name or wrong password; deliberately indistinguishable, against enumeration. */
export class WrongCredentials extends AccountError {
  readonly code = 'wrong-credentials'
}

/** No account has the handle. */
export class HandleNotFound extends AccountError {
  readonly code = 'handle-not-found'
}

/** Not a session token of this service, or of the wrong kind. */
export class InvalidToken extends AccountError {
  readonly code = 'invalid-token'
}

/** A session token is expired or revoked. */
export class ExpiredToken extends AccountError {
  readonly code = 'expired-token'
}

/** A handle of another domain does not resolve to a DID. */
export class UnresolvableHandle extends AccountError {
  readonly code = 'unresolvable-handle'
}

/** The DID has no document, or it could not be fetched. */
export class DidNotFound extends AccountError {
  readonly code = 'did-not-found'
}

/** The DID is tombstoned. */
export class DidDeactivated extends AccountError {
  readonly code = 'did-deactivated'
}

/** An account with this DID exists or existed. */
export class DidNotAvailable extends AccountError {
  readonly code = 'did-not-available'
}

/** The DID of an account moving in has no document. */
export class UnresolvableDid extends AccountError {
  readonly code = 'unresolvable-did'
}

/** The DID of an account cannot accept the operation. */
export class InvalidOperation extends AccountError {
  readonly code = 'invalid-operation'
}

/** The expiry requested for a service token is in the past or too far ahead. */
export class BadExpiration extends AccountError {
  readonly code = 'bad-expiration'
}

/** The session may not get a service token for the method. */
export class ServiceAuthRefused extends AccountError {
  readonly code = 'service-auth-refused'
}

/** The session lacks the scope: it began with an app password, or its account is disabled. */
export class BadTokenScope extends AccountError {
  readonly code = 'bad-token-scope'
}

/** The DID directory refused a new DID, whose account is removed, or a change, which is undone. */
export class IdentityRefused extends AccountError {
  readonly code = 'identity-refused'
}

/** The DID document names another service or another key. */
export class DidLeadsElsewhere extends AccountError {
  readonly code = 'did-leads-elsewhere'
}

/** A dependency is unreachable or overloaded; the same request may succeed later. */
export class TemporarilyUnavailable extends AccountError {
  readonly code = 'temporarily-unavailable'
  readonly retryAfterSeconds: number
  /** The unreachable dependency, if the cause does not name it. Only logged. */
  readonly part: string | undefined

  constructor(
    message: string,
    options: ErrorOptions & { readonly retryAfterSeconds: number; readonly part?: string },
  ) {
    super(message, options)
    this.retryAfterSeconds = options.retryAfterSeconds
    this.part = options.part
  }
}

/** A rate limit is exhausted; the same request may succeed in the next window. */
export class RateLimitExceeded extends AccountError {
  readonly code = 'rate-limit-exceeded'
  readonly status: LimitStatus
  readonly limit: LimitName

  constructor(
    message: string,
    options: ErrorOptions & { readonly status: LimitStatus; readonly limit: LimitName },
  ) {
    super(message, options)
    this.limit = options.limit
    this.status = options.status
  }
}

import type { LimitName, LimitStatus } from './limits/limits.ts'

/**
 * The errors of the domain; nothing here knows of HTTP. Messages are meant for
 * the caller and hold nothing secret.
 */
export abstract class AccountError extends Error {
  abstract readonly code: AccountErrorCode
}

/** Every reason for which the module refuses something. */
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

/** The rule that a handle breaks. */
export type HandleRule =
  | 'syntax'
  /** Of no domain that is served. */
  | 'domain'
  | 'too-short'
  | 'too-long'
  /** More than one label before the domain, or an internationalized one. */
  | 'label'
  /** Of a top-level domain that is not for handles. */
  | 'tld'
  /** Of another domain, and not leading to the account. */
  | 'unproven'

/** The handle breaks a rule; the message says which. */
export class InvalidHandle extends AccountError {
  readonly code = 'invalid-handle'
  /** Syntax, unless it says otherwise. */
  readonly rule: HandleRule

  constructor(message: string, options: ErrorOptions & { readonly rule?: HandleRule } = {}) {
    super(message, options)
    this.rule = options.rule ?? 'syntax'
  }
}

/** The handle is reserved or somebody's. */
export class HandleNotAvailable extends AccountError {
  readonly code = 'handle-not-available'
  /** The handle, if it is somebody's. */
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
  /** The address, as it was given. */
  readonly taken: string | undefined

  constructor(message: string, options?: ErrorOptions & { readonly taken?: string }) {
    super(message, options)
    this.taken = options?.taken
  }
}

/** The password breaks a rule; the message says which. */
export class InvalidPassword extends AccountError {
  readonly code = 'invalid-password'
}

export class InvalidRecoveryKey extends AccountError {
  readonly code = 'invalid-recovery-key'
}

/** Missing, or unknown, disabled or used up: of these the error does not say which, against enumeration. */
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

/** The operator gives the account no invite codes. */
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

/** The name of an app password is none, or taken. */
export class InvalidAppPassword extends AccountError {
  readonly code = 'invalid-app-password'
}

/** A code from a mail that is unknown, used, superseded, or for something else. */
export class InvalidCode extends AccountError {
  readonly code = 'invalid-code'
}

/** A code from a mail that is past its time. */
export class ExpiredCode extends AccountError {
  readonly code = 'expired-code'
}

/** The change needs a code from a mail to the confirmed address. */
export class CodeRequired extends AccountError {
  readonly code = 'code-required'
}

/** The password is right, and the login needs a code from a mail too, which is on its way. */
export class AuthFactorRequired extends AccountError {
  readonly code = 'auth-factor-required'
}

/** The address to be confirmed is not that of the account. */
export class OtherEmail extends AccountError {
  readonly code = 'other-email'
}

/** The token comes from a login too long ago for what is asked. */
export class ReauthenticationRequired extends AccountError {
  readonly code = 'reauthentication-required'
}

export class AccountNotFound extends AccountError {
  readonly code = 'account-not-found'
}

/** The account's present state does not allow the operator's request. */
export class WrongAccountStatus extends AccountError {
  readonly code = 'wrong-account-status'
}

export class InviteCodeNotFound extends AccountError {
  readonly code = 'invite-code-not-found'
}

export class SessionNotFound extends AccountError {
  readonly code = 'session-not-found'
}

/** The mail is not in the outbox: sent, dropped, or never there. */
export class MailNotFound extends AccountError {
  readonly code = 'mail-not-found'
}

/** A mail's present state does not allow what an operator asked for. */
export class WrongMailStatus extends AccountError {
  readonly code = 'wrong-mail-status'
}

/** The text is no cursor of a page before. */
export class InvalidCursor extends AccountError {
  readonly code = 'invalid-cursor'
}

export class AccountDisabled extends AccountError {
  readonly code = 'account-disabled'
}

/** The account is deactivated, by its owner or the operator, and the method needs an active one. */
export class AccountDeactivated extends AccountError {
  readonly code = 'account-deactivated'
}

/** No such name, or another password: the error does not say which, against enumeration. */
export class WrongCredentials extends AccountError {
  readonly code = 'wrong-credentials'
}

/** No account has the handle. */
export class HandleNotFound extends AccountError {
  readonly code = 'handle-not-found'
}

/** Not a session token of this service, or not of the right kind. */
export class InvalidToken extends AccountError {
  readonly code = 'invalid-token'
}

/** A session token past its time, or revoked. */
export class ExpiredToken extends AccountError {
  readonly code = 'expired-token'
}

/** A handle of another domain leads to no DID. */
export class UnresolvableHandle extends AccountError {
  readonly code = 'unresolvable-handle'
}

/** The DID has no document, or it could not be read. */
export class DidNotFound extends AccountError {
  readonly code = 'did-not-found'
}

/** The DID was ended. */
export class DidDeactivated extends AccountError {
  readonly code = 'did-deactivated'
}

/** There is, or was, an account of the DID. */
export class DidNotAvailable extends AccountError {
  readonly code = 'did-not-available'
}

/** The DID of an account that is to move in has no document. */
export class UnresolvableDid extends AccountError {
  readonly code = 'unresolvable-did'
}

/** An operation that the DID of an account cannot take. */
export class InvalidOperation extends AccountError {
  readonly code = 'invalid-operation'
}

/** A service token is to end in the past, or too late. */
export class BadExpiration extends AccountError {
  readonly code = 'bad-expiration'
}

/** The session may not have a service token for the method. */
export class ServiceAuthRefused extends AccountError {
  readonly code = 'service-auth-refused'
}

/** The session may not do this: it began with an app password, or its account is disabled. */
export class BadTokenScope extends AccountError {
  readonly code = 'bad-token-scope'
}

/** The DID directory refused a new DID, of whose account nothing is left, or a change of one, which is undone. */
export class IdentityRefused extends AccountError {
  readonly code = 'identity-refused'
}

/** The document of the account's DID names another service, or another key. */
export class DidLeadsElsewhere extends AccountError {
  readonly code = 'did-leads-elsewhere'
}

/** Something needed is out of reach or overloaded; the same request may succeed later. */
export class TemporarilyUnavailable extends AccountError {
  readonly code = 'temporarily-unavailable'
  readonly retryAfterSeconds: number
  /** The part that is out of reach, where the cause does not tell. For the log. */
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

/** A limit is used up; the same request may succeed when its window is over. */
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

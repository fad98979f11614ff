/** So much in so long a time. */
export interface Limit {
  readonly points: number
  /** In seconds. */
  readonly window: number
}

/** Where a caller stands with the tightest limit that applied. */
export interface LimitStatus {
  readonly limit: number
  /** Length of the window, in seconds. */
  readonly window: number
  readonly spent: number
  readonly remaining: number
  readonly msUntilReset: number
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * The rate limits. Nothing that a stranger can spend locks anybody out: what counts per account counts
 * per account *and* address. Across all addresses an account only becomes slower; see
 * `slow-down.ts`.
 */
export interface Limits {
  /** Sign-ups of an address. */
  readonly create: Limit
  /** Logins to an account from an address. */
  readonly login: Limit
  readonly loginDaily: Limit
  /** Failed logins from an address, to whichever accounts. */
  readonly loginFailures: Limit
  /** Failed attempts of an address to be the admin. */
  readonly adminFailures: Limit
  /** Reset mails asked for by an address. */
  readonly resetRequest: Limit
  readonly resetRequestDaily: Limit
  /** Reset mails asked for an account by an address. */
  readonly resetRequestAccount: Limit
  /** Reset codes submitted by an address. */
  readonly reset: Limit
  /** Mails with a code that an account asks for, by what the code is for. */
  readonly codeRequest: Limit
  readonly codeRequestDaily: Limit
  /** Codes from such mails submitted for an account from an address. */
  readonly code: Limit
  /** Refreshes of a login. */
  readonly refresh: Limit
  /** Deletions of an account. */
  readonly delete: Limit
  /** Changes of an account's handle. */
  readonly handle: Limit
  readonly handleDaily: Limit
  /** Signing keys that an address reserves. */
  readonly reserveKey: Limit
  /** Handles that an address asks about before a sign-up, and identities that it has looked up afresh. */
  readonly inquiry: Limit
  /** Requests for an authorization (RFC 9126) of an address, at an authorization server beside the module. */
  readonly authorizationRequest: Limit
  /** Requests for tokens, and for their revocation, of an address, there. */
  readonly tokenRequest: Limit
  /** Pages, and what they ask for, of an address, there. */
  readonly authorizationPage: Limit
}

export type LimitName = keyof Limits

/** How far, unless the operator says otherwise. */
export const defaultLimits: Limits = {
  create: { points: 100, window: 5 * MINUTE },
  login: { points: 30, window: 5 * MINUTE },
  loginDaily: { points: 300, window: DAY },
  loginFailures: { points: 100, window: 5 * MINUTE },
  adminFailures: { points: 10, window: 5 * MINUTE },
  resetRequest: { points: 15, window: HOUR },
  resetRequestDaily: { points: 50, window: DAY },
  resetRequestAccount: { points: 5, window: HOUR },
  reset: { points: 50, window: 5 * MINUTE },
  codeRequest: { points: 5, window: HOUR },
  codeRequestDaily: { points: 15, window: DAY },
  code: { points: 50, window: 5 * MINUTE },
  refresh: { points: 60, window: 5 * MINUTE },
  delete: { points: 5, window: HOUR },
  handle: { points: 10, window: 5 * MINUTE },
  handleDaily: { points: 50, window: DAY },
  reserveKey: { points: 50, window: 5 * MINUTE },
  inquiry: { points: 100, window: 5 * MINUTE },
  authorizationRequest: { points: 300, window: 5 * MINUTE },
  tokenRequest: { points: 1000, window: 5 * MINUTE },
  authorizationPage: { points: 300, window: 5 * MINUTE },
}

/**
 * The limits with an operator's changes.
 *
 * @throws {RangeError}
 */
export function resolveLimits(changes: Partial<Limits> = {}): Limits {
  for (const [name, limit] of Object.entries(changes)) {
    if (!(name in defaultLimits)) throw new RangeError(`there is no rate limit ${name}`)
    for (const value of [limit.points, limit.window]) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`rate limit ${name} must be whole numbers of at least 1`)
      }
    }
  }
  return { ...defaultLimits, ...changes }
}

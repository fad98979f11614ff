/** `points` calls per `window` seconds. */
export interface Limit {
  readonly points: number
  /** Length of the window, in seconds. */
  readonly window: number
}

/** State of the tightest limit that applied. */
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
 * The rate limits. No stranger can lock an account out: limits per account count per account *and*
 * address. Attempts from many addresses only slow an account down; see `slow-down.ts`.
 */
export interface Limits {
  /** Sign-ups per address. */
  readonly create: Limit
  /** Logins per account and address. */
  readonly login: Limit
  readonly loginDaily: Limit
  /** Failed logins per address, over all accounts. */
  readonly loginFailures: Limit
  /** Failed admin logins per address. */
  readonly adminFailures: Limit
  /** Reset mails requested per address. */
  readonly resetRequest: Limit
  readonly resetRequestDaily: Limit
  /** Reset mails requested per account and address. */
  readonly resetRequestAccount: Limit
  /** Reset codes submitted per address. */
  readonly reset: Limit
  /** Mails with a code requested per account and purpose. */
  readonly codeRequest: Limit
  readonly codeRequestDaily: Limit
  /** Mailed codes submitted per account and address. */
  readonly code: Limit
  /** Refreshes per login. */
  readonly refresh: Limit
  /** Deletions per account. */
  readonly delete: Limit
  /** Handle changes per account. */
  readonly handle: Limit
  readonly handleDaily: Limit
  /** Signing keys reserved per address. */
  readonly reserveKey: Limit
  /** Availability checks and forced identity refreshes per address. */
  readonly inquiry: Limit
  /** OAuth: pushed authorization requests (RFC 9126), and lookups of permission sets for them, per address. */
  readonly authorizationRequest: Limit
  /** OAuth: token and revocation requests per address. */
  readonly tokenRequest: Limit
  /** OAuth: requests of the authorization pages per address. */
  readonly authorizationPage: Limit
}

export type LimitName = keyof Limits

/** The default limits. */
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
 * The default limits with an operator's changes.
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

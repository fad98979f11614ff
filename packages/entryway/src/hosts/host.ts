/**
 * - `open`: gets new accounts.
 * - `draining`: keeps its accounts but gets no new ones.
 */
export type HostState = 'open' | 'draining'

/** A PDS that stores repositories of accounts. */
export interface Host {
  readonly did: string
  /** Its origin, without a trailing slash. */
  readonly url: string
  /** Its share of new accounts, relative to the weights of other hosts; 0 for none. */
  readonly weight: number
  readonly state: HostState
  /** False if its last health check failed. */
  readonly isHealthy: boolean
}

/** A PDS that is not a host. */
export interface ForeignPds {
  /** Its origin, without a trailing slash. */
  readonly url: string
  readonly did?: undefined
}

/** The host of an account. */
export interface AccountHost extends Host {
  /** True for an account moving in, which is created there once its DID names the host. */
  readonly isExpected?: boolean
}

/** Finds hosts. Each call queries the database. */
export interface Hosts {
  /** The host of an account; undefined for a DID without one. */
  byAccount(did: string): Promise<AccountHost | undefined>
  byDid(did: string): Promise<Host | undefined>
  /** The hosts that get new accounts now: open, healthy, and with a weight above 0. */
  open(): Promise<readonly Host[]>
}

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

/** Finds hosts. Each call queries the database. */
export interface Hosts {
  /** The host of an account; undefined for a DID without one. */
  byAccount(did: string): Promise<Host | undefined>
  byDid(did: string): Promise<Host | undefined>
  /** The hosts that get new accounts now: open, healthy, and with a weight above 0. */
  open(): Promise<readonly Host[]>
}

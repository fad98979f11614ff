/**
 * - `open`: takes new accounts.
 * - `draining`: keeps those it has, and takes no new ones.
 */
export type HostState = 'open' | 'draining'

/** A PDS that keeps the repositories of accounts. */
export interface Host {
  readonly did: string
  /** Its origin, without a slash at the end. */
  readonly url: string
  /** Its share of new accounts, against that of the other hosts; 0 for none. */
  readonly weight: number
  readonly state: HostState
  /** False since it last failed to answer as it should. */
  readonly isHealthy: boolean
}

/** Finds hosts. Asks the database each time. */
export interface Hosts {
  /** The host that an account lives on; undefined for a DID that is no account here. */
  byAccount(did: string): Promise<Host | undefined>
  byDid(did: string): Promise<Host | undefined>
  /** Those that take new accounts now: open and healthy. */
  open(): Promise<readonly Host[]>
}

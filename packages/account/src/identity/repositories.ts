import type { Queries } from '../db/database.ts'
import type { IdentityProvider, SignedGenesis } from './identity.ts'

/** A provider of DIDs for accounts with repositories elsewhere. */
export interface HostedIdentityProvider extends IdentityProvider {
  /** Chooses the hosts of new repositories; this service by default. */
  readonly repositories?: RepositoryHosts
}

/** Chooses hosts for the repositories of new accounts. */
export interface RepositoryHosts {
  /**
   * Chooses a host for the repository of an account about to be reserved. Called outside any
   * transaction.
   *
   * @throws {HandleNotAvailable} @throws {TemporarilyUnavailable}
   */
  findPlace(account: { readonly handle: string }): Promise<RepositoryPlace>
}

/** The host of an account's repository. */
export interface RepositoryPlace {
  /** URL of the PDS. */
  readonly endpoint: string
  /** The signing key reserved by the PDS, as `did:key`. */
  readonly signingKey: string
  /** Stores the place, in the transaction that reserves the account. */
  keep(queries: Queries, genesis: SignedGenesis): Promise<void>
}

import type { Queries } from '../db/database.ts'
import type { IdentityProvider, SignedGenesis } from './identity.ts'

/** A provider of DIDs whose accounts have their repositories elsewhere. */
export interface HostedIdentityProvider extends IdentityProvider {
  /** Where the repositories of new accounts are to be; without it, at this service. */
  readonly repositories?: RepositoryHosts
}

/** Finds places for the repositories of new accounts. */
export interface RepositoryHosts {
  /**
   * Finds a place for the repository of an account that is about to be reserved. Called outside any transaction.
   *
   * @throws {HandleNotAvailable} @throws {TemporarilyUnavailable}
   */
  findPlace(account: { readonly handle: string }): Promise<RepositoryPlace>
}

/** Where the repository of an account is to be. */
export interface RepositoryPlace {
  /** URL of the PDS. */
  readonly endpoint: string
  /** The key that the PDS has reserved for it, as `did:key`. */
  readonly signingKey: string
  /** Stores the place, in the transaction that reserves the account. */
  keep(queries: Queries, genesis: SignedGenesis): Promise<void>
}

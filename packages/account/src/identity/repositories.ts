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
  /**
   * Finds the host of an account; undefined if its repository is at this service.
   *
   * @param queries those of the transaction, inside one.
   */
  findHome(did: string, queries: Queries): Promise<RepositoryHome | undefined>
}

/** The endpoint and signing key that the DID of an account should name. */
export interface RepositoryHome {
  /** URL of the PDS. */
  readonly endpoint: string
  /** As `did:key`. */
  readonly signingKey: string
}

/** The host of a new repository, with the signing key reserved there. */
export interface RepositoryPlace extends RepositoryHome {
  /** Stores the place, in the transaction that reserves the account. */
  keep(queries: Queries, genesis: SignedGenesis): Promise<void>
}

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
  readonly arrivals: Arrivals
}

/**
 * Receives accounts from other services, whose hosts create them only once their DIDs name those
 * hosts. Called outside any transaction.
 */
export interface Arrivals {
  /**
   * Chooses a host for an account about to be reserved; undefined if it already has one.
   *
   * @throws {DidNotAvailable} @throws {HandleNotAvailable} @throws {TemporarilyUnavailable}
   */
  findPlace(account: ArrivingAccount): Promise<ArrivalPlace | undefined>
  /**
   * Checks that the host can create the account and that its data can be copied, before an
   * operation of its owner is published. Does nothing for other accounts.
   *
   * @throws {HandleNotAvailable} @throws {TemporarilyUnavailable}
   */
  prepare(did: string): Promise<void>
  /**
   * Creates the account at its host, if its DID names it, and copies its data. Does nothing for
   * other accounts.
   *
   * @throws {TemporarilyUnavailable} if this takes longer than a client waits, or fails; it is then
   * continued in the background.
   */
  receive(did: string): Promise<void>
}

/** An account of another service. */
export interface ArrivingAccount {
  readonly did: string
  readonly handle: string
  /** The PDS that its DID names. */
  readonly endpoint: string | undefined
}

/** The host of an account that moves in. */
export interface ArrivalPlace {
  /** Stores the place, in the transaction that reserves the account. */
  keep(queries: Queries): Promise<void>
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

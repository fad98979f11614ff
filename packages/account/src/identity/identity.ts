/** A DID and the signed operation that creates it. */
export interface SignedGenesis {
  readonly did: string
  /** The operation as JSON text; the DID is a hash of it. */
  readonly operation: string
}

/**
 * - `published`: the directory has the DID.
 * - `deferred`: there is no directory yet; the operation is kept for later publication.
 */
export type Publication = 'published' | 'deferred'

/** The log of a DID that has more than its genesis operation; the account follows it. */
export interface PublishedLog {
  readonly log: readonly LoggedOperation[]
}

/** Publishes new DIDs. */
export interface IdentityProvider {
  /** True if the provider defers everything: operations wait until it is replaced. */
  readonly defers?: boolean
  /**
   * Publishes a DID. Called outside any transaction, and repeatedly for the same operation after a
   * crash or a lost answer: publishing must be idempotent.
   *
   * @param options.signal aborts when the caller stops waiting.
   * @throws {PublicationRefused} if the directory will never accept this operation. After any other
   * error
   *   the outcome is unknown, and publication may be retried.
   */
  publish(
    genesis: SignedGenesis,
    options: { readonly signal: AbortSignal },
  ): Promise<Publication | PublishedLog>
  /** Changes published DIDs. Without it, changes wait for a provider that has it. */
  readonly updates?: DidUpdates
}

/** A signed operation that changes a DID. */
export interface SignedUpdate {
  readonly did: string
  /** The operation as JSON text. */
  readonly operation: string
}

/** An operation in the log of a directory. */
export interface LoggedOperation {
  readonly operation: Readonly<Record<string, unknown>>
  /** True if a key of higher rank has nullified it. */
  readonly nullified: boolean
}

/** Changes published DIDs. Called outside any transaction. */
export interface DidUpdates {
  /**
   * Reads the log of a DID, oldest first; empty if it is not published.
   *
   * @throws if the directory cannot be reached.
   */
  readLog(
    did: string,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly LoggedOperation[]>
  /**
   * Sends an update once. After any error, the log shows the outcome.
   *
   * @throws {PublicationRefused} if the directory refuses it, for example because it already has
   * it.
   */
  send(update: SignedUpdate, options: { readonly signal: AbortSignal }): Promise<void>
}

/** The directory permanently refused an operation. */
export class PublicationRefused extends Error {
  override readonly name = 'PublicationRefused'
}

/** A DID and the signed operation that creates it. */
export interface SignedGenesis {
  readonly did: string
  /** The operation as JSON text; the DID is a hash of it. */
  readonly operation: string
}

/**
 * - `published`: the directory answers for the DID.
 * - `deferred`: there is no directory yet; the operation is kept and can be published later.
 */
export type Publication = 'published' | 'deferred'

/** Where new DIDs become known to the world. */
export interface IdentityProvider {
  /** True of a provider that defers everything: operations wait until another one is put in. */
  readonly defers?: boolean
  /**
   * Makes a DID known. Called outside any transaction, and more than once for the same operation
   * after a crash or a lost answer: publishing what is already there succeeds.
   *
   * @param options.signal aborts when the caller will no longer wait.
   * @throws {PublicationRefused} when the directory will never take this operation. Any other error
   *   means that the outcome is unknown: it may be tried again.
   */
  publish(genesis: SignedGenesis, options: { readonly signal: AbortSignal }): Promise<Publication>
  /** Changes published DIDs; without it, what has to be changed waits for a provider that has it. */
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
  /** True if a key of higher rank has undone it. */
  readonly nullified: boolean
}

/** How published DIDs are changed. Called outside any transaction. */
export interface DidUpdates {
  /**
   * Reads everything that ever happened to a DID, oldest first; empty if it is not published.
   *
   * @throws when the directory cannot be asked.
   */
  readLog(
    did: string,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly LoggedOperation[]>
  /**
   * Sends an update once. Any error leaves the outcome to be read from the log.
   *
   * @throws {PublicationRefused} when the directory does not take it, be it that it has it already.
   */
  send(update: SignedUpdate, options: { readonly signal: AbortSignal }): Promise<void>
}

/** The directory refused an operation for good. */
export class PublicationRefused extends Error {
  override readonly name = 'PublicationRefused'
}

/**
 * The step that a move takes next:
 *
 * - `submit`: the owner of an account from a PDS that is not a host submits the operation that makes
 *   the DID name the new host.
 * - `stop`: the old host accepts no more writes.
 * - `identity`: the account is created at the new host, and its DID names that host.
 * - `repository`, `blobs`, `preferences`: copied from the old host.
 * - `activate`: the account gets its status at the new host.
 */
export type MoveStep =
  | 'submit'
  | 'stop'
  | 'identity'
  | 'repository'
  | 'blobs'
  | 'preferences'
  | 'activate'
  | 'finished'

/** A move of an account to a host. */
export interface Move {
  readonly did: string
  /** Null for a purged account. */
  readonly handle: string | null
  /** DID of the old host, or URL of a PDS that is not a host. */
  readonly from: string
  /** DID of the new host. */
  readonly to: string
  readonly step: MoveStep
  readonly startedAt: Date
  readonly attempts: number
  /** When any process may continue it; undefined if it waits for the operator or the owner. */
  readonly nextAttemptAt: Date | undefined
  readonly lastError: string | undefined
  /** Blobs that the old host has lost or the new one refuses. */
  readonly missingBlobs: number
}

/** The progress of a move, reported at each step and after each page of blobs. */
export interface MoveProgress extends Pick<Move, 'did' | 'handle' | 'step'> {
  /** Blobs copied so far, in the step `blobs`. */
  readonly blobs?: number
}

/**
 * - `refused`: the account cannot be moved there; nothing has changed.
 * - `busy`: another process is moving it.
 * - `failed`: a step failed. The move continues when it is started again.
 */
export type MoveErrorCode = 'refused' | 'busy' | 'failed'

/** A move was not completed. The message is for the operator. */
export class MoveError extends Error {
  override readonly name = 'MoveError'
  readonly code: MoveErrorCode

  constructor(code: MoveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

import { type HeadersMap, XRPCError } from '@atproto/xrpc'

export interface DeclaredErrorOptions extends ErrorOptions {
  /** The HTTP status; 400 when not given. */
  readonly status?: number
  readonly headers?: HeadersMap
}

/**
 * An error that a lexicon declares. One class serves both ends: a handler throws it with a message, and
 * `@atproto/xrpc-server` answers with its status, name and message; the generated client throws it for such an
 * answer, made from the error that the call ended with.
 */
export class DeclaredError extends XRPCError {
  /**
   * @param error the name as declared, e.g. `InvalidHandle`
   * @param source what to tell the client, or the error of a call to take everything from
   */
  constructor(error: string, source?: string | XRPCError, options: DeclaredErrorOptions = {}) {
    const { status, headers, ...errorOptions } = options
    if (source instanceof XRPCError) {
      const merged = { cause: source, ...errorOptions }
      super(status ?? source.status, error, source.message, headers ?? source.headers, merged)
    } else {
      super(status ?? 400, error, source, headers, errorOptions)
    }
    this.name = new.target.name
  }
}

import { type HeadersMap, XRPCError } from '@atproto/xrpc'

export interface DeclaredErrorOptions extends ErrorOptions {
  /** The HTTP status; 400 when not given. */
  readonly status?: number
  readonly headers?: HeadersMap
}

/**
 * An error declared in a lexicon. One class serves both ends: handlers throw it with a message, and
 * `@atproto/xrpc-server` sends its status, name and message; generated clients throw it, built from the error
 * of the call.
 */
export class DeclaredError extends XRPCError {
  /**
   * @param error the name as declared, e.g. `InvalidHandle`
   * @param source the message for the client, or the error of a call to copy
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

/** Base class of declared errors, which differ only in name. */
export class NamedError extends DeclaredError {
  /** The name as declared, e.g. `InvalidHandle`. */
  static readonly error: string

  constructor(source?: string | XRPCError, options?: DeclaredErrorOptions) {
    super(new.target.error, source, options)
  }
}

/** Converts an error of a client to the class declared for it, if there is one. */
export type ToKnownErr = (e: unknown) => unknown

/** The {@link ToKnownErr} of a method with these declared errors. */
export function knownErrors(...declared: readonly (typeof NamedError)[]): ToKnownErr {
  return (e) => {
    if (!(e instanceof XRPCError)) return e
    const Declared = declared.find(({ error }) => error === e.error)
    return Declared ? new Declared(e) : e
  }
}

/** Awaits a call, and turns errors that its method declares into their classes. */
export async function withKnownErrors<Answer>(
  answer: Promise<Answer>,
  toKnownErr: ToKnownErr,
): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw toKnownErr(error)
  }
}

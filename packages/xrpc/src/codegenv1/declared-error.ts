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

/** The class of one declared error, which has nothing but its name. */
export class NamedError extends DeclaredError {
  /** The name as declared, e.g. `InvalidHandle`. */
  static readonly error: string

  constructor(source?: string | XRPCError, options?: DeclaredErrorOptions) {
    super(new.target.error, source, options)
  }
}

/** Turns an error of a client into the class declared for it, if there is one. */
export type ToKnownErr = (e: unknown) => unknown

/** The {@link ToKnownErr} of a method that declares some errors. */
export function knownErrors(...declared: readonly (typeof NamedError)[]): ToKnownErr {
  return (e) => {
    if (!(e instanceof XRPCError)) return e
    const Declared = declared.find(({ error }) => error === e.error)
    return Declared ? new Declared(e) : e
  }
}

/** The answer to a call. An error that its method declares is thrown as the class declared for it. */
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

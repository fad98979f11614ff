/** Marks the errors of every copy of this module, so that `instanceof` works across copies. */
const BRAND = Symbol.for('@lexwright/xrpc/clientv1')

/** The names that `@atproto/xrpc` uses for an answer without one. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'Unknown',
  2: 'InvalidResponse',
  401: 'AuthenticationRequired',
  403: 'Forbidden',
  404: 'XRPCNotSupported',
  406: 'NotAcceptable',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  429: 'RateLimitExceeded',
  501: 'MethodNotImplemented',
  502: 'UpstreamFailure',
  503: 'NotEnoughResources',
  504: 'UpstreamTimeout',
}

/** No answer came, for example because the network failed. */
export const NO_ANSWER = 1
/** The answer does not match the method's declaration. */
export const INVALID_ANSWER = 2

export interface CallErrorSource<Name extends string = string> {
  /** The HTTP status; 1 if there was no answer, 2 if the answer does not match the method. Default 400. */
  readonly status?: number
  /** The name the server sent; by default that of the class, or one derived from the status. */
  readonly error?: Name | undefined
  readonly message?: string | undefined
  readonly headers?: Headers | undefined
  readonly cause?: unknown
}

/**
 * A failed call. Each error that a method declares has a generated subclass; `instanceof` also recognizes errors from
 * other copies of this module, such as a second bundle on the page.
 */
export class CallError<Name extends string = string> extends Error {
  /** In a generated class, the declared error: `com.example.getFeed#UnknownFeed`. */
  static readonly declared?: string

  readonly success = false
  readonly status: number
  readonly error: Name
  /** The headers of the answer, if there was one. */
  readonly headers: Headers | undefined

  constructor({ status = 400, error, message, headers, cause }: CallErrorSource<Name> = {}) {
    const { declared } = new.target
    const name = declared?.slice(declared.indexOf('#') + 1) ?? error ?? nameOf(status)
    super(message || name, cause === undefined ? undefined : { cause })
    this.name = name
    this.status = status
    this.error = name as Name
    this.headers = headers
    Object.defineProperty(this, BRAND, { value: declared ?? '' })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right of instanceof
    return isInstance(value, this)
  }
}

function isInstance(value: unknown, asked: typeof CallError): boolean {
  if (Function.prototype[Symbol.hasInstance].call(asked, value)) return true
  const brand = (value as { readonly [BRAND]?: string } | null | undefined)?.[BRAND]
  if (brand === undefined) return false
  // A class derived from a generated one inherits `declared`, but matches only its own instances.
  return asked === CallError || (Object.hasOwn(asked, 'declared') && brand === asked.declared)
}

function nameOf(status: number): string {
  const other = status < 400 ? 'XRPCNotSupported' : 'InvalidRequest'
  return NAMES[status] ?? (status < 500 ? other : 'InternalServerError')
}

/** The logged parts of an error. */
interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const DEPTH = 5

/**
 * Picks the parts of an error that help to find a fault. Other properties are dropped: drivers
 * attach statement values (`detail`, `parameters`), clients whole requests with headers.
 */
export function serializeError(value: unknown): unknown {
  return value instanceof Error || isErrorLike(value) ? pick(value, DEPTH) : value
}

interface ErrorLike {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: unknown
  readonly cause?: unknown
}

function isErrorLike(value: unknown): value is ErrorLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  )
}

function pick(error: ErrorLike, depth: number): LoggedError {
  const { name, message, stack, code, cause } = error
  return {
    type: name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof stack === 'string' ? { stack } : {}),
    ...(isErrorLike(cause) && depth > 0 ? { cause: pick(cause, depth - 1) } : {}),
  }
}

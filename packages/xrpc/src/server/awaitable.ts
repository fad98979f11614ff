/**
 * True if a host's function has returned its result itself, as a plain object, and not a promise of it: waiting for such
 * a result would only cost time.
 */
export function isSettled<T>(returned: T | PromiseLike<T>): returned is T & object {
  return (
    typeof returned === 'object' &&
    returned !== null &&
    Object.getPrototypeOf(returned) === Object.prototype &&
    !('then' in returned)
  )
}

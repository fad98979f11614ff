/** True if a host's function returned a plain object rather than a promise: awaiting it would only cost time. */
export function isSettled<T>(returned: T | PromiseLike<T>): returned is T & object {
  return (
    typeof returned === 'object' &&
    returned !== null &&
    Object.getPrototypeOf(returned) === Object.prototype &&
    !('then' in returned)
  )
}

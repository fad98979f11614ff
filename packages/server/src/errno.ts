/** True if an error is the system's of a given code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  return isSystemError(error) && error.code === code
}

/** True if an error is the system's. Its message says which call failed, why, and on which file. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'syscall' in error &&
    'message' in error
  )
}

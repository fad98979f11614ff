/** True for a system error with the given code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  return isSystemError(error) && error.code === code
}

/** True for a system error. Its message names the failed call, the reason and the file. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'syscall' in error &&
    'message' in error
  )
}

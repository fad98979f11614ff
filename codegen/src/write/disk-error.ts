/** A folder could not be read or written. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/**
 * The message of a system error without its code: `permission denied, open 'generated/index.ts'`
 */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^E[A-Z]+: /, '').replace(/\.$/, '')
}

import { createHash } from 'node:crypto'
import type { Logger } from '../options.ts'
import type { BreachedPasswords } from './password.ts'

export interface PwnedPasswordsOptions {
  /** URL of the range endpoint; five hex digits are appended. */
  readonly url?: string
  /** Timeout in milliseconds; 2000 by default. */
  readonly timeoutMs?: number
  readonly logger?: Pick<Logger, 'warn'>
}

/**
 * Looks passwords up at Have I Been Pwned or a mirror. Only the first 20 bits of a password's SHA-1
 * leave the process (k-anonymity), and padding hides the number of matches. If the service is
 * unreachable, every password is accepted.
 *
 * https://haveibeenpwned.com/API/v3#PwnedPasswords
 */
export function createPwnedPasswords(options: PwnedPasswordsOptions = {}): BreachedPasswords {
  const { url = 'https://api.pwnedpasswords.com/range/', timeoutMs = 2_000, logger } = options
  return {
    contains: async (password) => {
      const hash = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()
      try {
        const range = await fetchRange(`${url}${hash.slice(0, 5)}`, timeoutMs)
        return isListed(range, hash.slice(5))
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown error'
        logger?.warn({ reason }, 'breached passwords cannot be looked up')
        return false
      }
    },
  }
}

async function fetchRange(url: string, timeoutMs: number): Promise<string> {
  const response = await fetch(url, {
    headers: { 'add-padding': 'true' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!response.ok) throw new Error(`the lookup service answered ${response.status}`)
  return await response.text()
}

/** Lines are `<rest of the hash>:<count>`; padding has the count 0. */
function isListed(range: string, rest: string): boolean {
  const line = range.split(/\r?\n/).find((each) => each.startsWith(`${rest}:`))
  return line !== undefined && Number(line.slice(rest.length + 1)) > 0
}

import type { ServiceContext } from '../context.ts'
import { HandleNotAvailable } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { isHandleFree } from './claim-handle.ts'
import { checkHandle } from './handle.ts'

export interface HandleAvailability {
  readonly handle: string
  readonly isAvailable: boolean
  /** Available handles similar to an unavailable one. */
  readonly suggestions: readonly string[]
}

const SUGGESTIONS = 3
const TRIES = 9

/**
 * Checks the availability of a handle for a new account.
 *
 * @throws {InvalidHandle} @throws {RateLimitExceeded}
 */
export async function checkHandleAvailability(
  context: ServiceContext,
  typed: string,
  caller: Caller,
): Promise<HandleAvailability> {
  await context.budgets.spend(caller, (key) => [{ limit: 'inquiry', of: [key] }])
  const handle = typed.toLowerCase()
  if (await isAvailable(context, typed)) return { handle, isAvailable: true, suggestions: [] }
  const [label = '', ...domain] = handle.split('.')
  const suggestions: string[] = []
  for (let n = 1; n <= TRIES && suggestions.length < SUGGESTIONS; n++) {
    const other = [`${label.slice(0, 16)}${n}`, ...domain].join('.')
    if (await isAvailable(context, other)) suggestions.push(other)
  }
  return { handle, isAvailable: false, suggestions }
}

async function isAvailable(context: ServiceContext, typed: string): Promise<boolean> {
  try {
    return await isHandleFree(context, checkHandle(typed, context.policy.handles))
  } catch (error) {
    if (error instanceof HandleNotAvailable) return false
    throw error
  }
}

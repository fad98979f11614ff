import type { ServiceContext } from '../context.ts'
import { withTimeout } from '../identity/publication.ts'

/**
 * Resolves a handle of another domain by DNS or its well-known page. Undefined if it has no DID, or
 * on failure or timeout.
 */
export async function resolveElsewhere(
  { resolver, policy, logger }: Pick<ServiceContext, 'resolver' | 'policy' | 'logger'>,
  handle: string,
): Promise<string | undefined> {
  try {
    return await withTimeout(policy.resolutionTimeoutMs, () => resolver.handle.resolve(handle))
  } catch (err) {
    logger.info({ handle, err }, 'a handle could not be resolved')
    return undefined
  }
}

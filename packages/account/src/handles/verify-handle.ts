import type { ServiceContext } from '../context.ts'
import { withinTime } from '../identity/publication.ts'

/**
 * The DID that a handle of another domain leads to by DNS or its well-known page. Undefined if there is none, or it could
 * not be found out in time.
 */
export async function resolveElsewhere(
  { resolver, policy, logger }: Pick<ServiceContext, 'resolver' | 'policy' | 'logger'>,
  handle: string,
): Promise<string | undefined> {
  try {
    return await withinTime(policy.resolutionTimeoutMs, () => resolver.handle.resolve(handle))
  } catch (err) {
    logger.info({ handle, err }, 'a handle could not be resolved')
    return undefined
  }
}

import type { RateLimitOptions, RateLimitStore } from '@lexwright/account'
import type { Config } from '../config/load-config.ts'
import type { Logger } from '../logging/logger.ts'
import { createRedisRateLimitStore } from './redis-store.ts'

/** Rate limits as the configuration wants them, and what they hold open. */
export interface ConfiguredRateLimits {
  readonly options: RateLimitOptions | false
  close(): Promise<void>
}

export function createRateLimits(config: Config, logger: Logger): ConfiguredRateLimits {
  if (!config.rateLimitsEnabled) return { options: false, close: async () => {} }
  const { redisAddress: address, rateLimitBypassKey: bypassKey, rateLimits: limits } = config
  let close = async (): Promise<void> => {}
  const inRedis = (fallback: RateLimitStore): RateLimitStore => {
    const store = createRedisRateLimitStore({ address: address ?? '', fallback, logger })
    close = store.close
    return store
  }
  return {
    options: {
      ...(bypassKey !== undefined && { bypassKey }),
      ...(limits !== undefined && { limits }),
      ...(address !== undefined && { store: inRedis }),
    },
    close: () => close(),
  }
}

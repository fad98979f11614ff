import type { RateLimitOptions, RateLimitStore } from '@lexwright/account'
import type { Config } from '../config/load-config.ts'
import type { Logger } from '../logging/logger.ts'
import type { ClosableRateLimitStore, RedisServer } from './redis-store.ts'

/** Rate limits from the configuration, and their resources. */
export interface ConfiguredRateLimits {
  readonly options: RateLimitOptions | false
  close(): Promise<void>
}

export async function createRateLimits(
  config: Config,
  logger: Logger,
): Promise<ConfiguredRateLimits> {
  if (!config.rateLimitsEnabled) return { options: false, close: async () => {} }
  const { rateLimitBypassKey: bypassKey, rateLimits: limits } = config
  const server = redisServerOf(config)
  const redis = server && (await inRedis(server, logger))
  return {
    options: {
      ...(bypassKey !== undefined && { bypassKey }),
      ...(limits !== undefined && { limits }),
      ...(redis !== undefined && { store: redis.store }),
    },
    close: async () => redis?.close(),
  }
}

/** The configured Redis, if any. */
export function redisServerOf({ redisAddress, redisPassword }: Config): RedisServer | undefined {
  if (redisAddress === undefined) return undefined
  return { address: redisAddress, password: redisPassword }
}

/** Loads the Redis client only if it is used. */
async function inRedis(server: RedisServer, logger: Logger) {
  const { createRedisRateLimitStore } = await import('./redis-store.ts')
  let opened: ClosableRateLimitStore | undefined
  return {
    store: (fallback: RateLimitStore): RateLimitStore => {
      opened = createRedisRateLimitStore({ ...server, fallback, logger })
      return opened
    },
    close: async () => opened?.close(),
  }
}

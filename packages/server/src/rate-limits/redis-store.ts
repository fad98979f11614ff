import type { RateLimitStore } from '@lexwright/account'
import { Redis, type RedisOptions } from 'ioredis'

export interface RedisServer {
  /** `host:port`. */
  readonly address: string
  /** Undefined if the server requires none. */
  readonly password: string | undefined
}

export interface RedisStoreOptions extends RedisServer {
  /** Counts while Redis is unreachable. */
  readonly fallback: RateLimitStore
  readonly logger: {
    warn(fields: object, message: string): void
    info(fields: object, message: string): void
  }
}

/** A store with a connection. */
export interface ClosableRateLimitStore extends RateLimitStore {
  close(): Promise<void>
}

/** Timeout of a command; the database would be faster than a longer one. */
const COMMAND_TIMEOUT_MS = 500
const MAX_RECONNECT_DELAY_MS = 5_000

/**
 * Counts in Redis. Each charge is an atomic transaction of plain commands, so any Redis works, and
 * windows expire by themselves. Without an answer the fallback counts: an outage of Redis neither
 * lifts the limits nor refuses every request.
 */
export function createRedisRateLimitStore(options: RedisStoreOptions): ClosableRateLimitStore {
  const { fallback, logger } = options
  const redis = new Redis({
    ...connectionTo(options),
    keyPrefix: 'lexwright:limit:',
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS * 4,
    maxRetriesPerRequest: 0,
    // Commands fail at once without a connection.
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, MAX_RECONNECT_DELAY_MS),
  })
  let isAway = false
  const tell = (away: boolean, error?: Error): void => {
    if (away === isAway) return
    isAway = away
    if (away) {
      logger.warn(
        { error: error?.message },
        'Redis is unreachable; rate limits are counted in the database',
      )
    } else logger.info({}, 'rate limits are counted in Redis again')
  }
  redis.on('error', (error) => tell(true, error))
  redis.on('ready', () => tell(false))

  const add: RateLimitStore['add'] = async (charges, now) => {
    const batch = redis.multi()
    for (const { key, points, window } of charges) {
      batch.set(key, 0, 'EX', window, 'NX')
      batch.incrby(key, points)
      batch.pttl(key)
    }
    const replies = await batch.exec()
    const values = (replies ?? []).map(([error, value]) => {
      if (error !== null) throw error
      return value
    })
    return charges.map((_, index) => {
      const [, spent, ttl] = values.slice(index * 3, index * 3 + 3)
      if (typeof spent !== 'number' || typeof ttl !== 'number') throw new Error('no reply')
      return { spent, resetsAt: new Date(now.getTime() + Math.max(0, ttl)) }
    })
  }

  return {
    add: async (charges, now) => {
      try {
        const usages = await add(charges, now)
        tell(false)
        return usages
      } catch (error) {
        tell(true, error as Error)
        return await fallback.add(charges, now)
      }
    },
    sweep: async (now) => fallback.sweep?.(now),
    close: async () => redis.disconnect(),
  }
}

/** Resolves if a Redis answers. */
export async function pingRedis(server: RedisServer): Promise<void> {
  const redis = new Redis({
    ...connectionTo(server),
    lazyConnect: true,
    connectTimeout: COMMAND_TIMEOUT_MS * 4,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // `connect` only rejects with "connection is closed".
  let reason: Error | undefined
  redis.on('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    throw reason ?? error
  } finally {
    redis.disconnect()
  }
}

function connectionTo({ address, password }: RedisServer): RedisOptions {
  const { hostname, port } = new URL(`redis://${address}`)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(password !== undefined && { password }),
  }
}

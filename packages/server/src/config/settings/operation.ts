import { defaultLimits, type LimitName, type Limits } from '@lexwright/account/settings'
import { boolean, hostAndPort, integer, limits, oneOf, secret } from '../value.ts'
import type { SettingsOf } from './setting.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type LogFormat = 'json' | 'text'

/** How the process behaves among others. */
export interface OperationValues {
  readonly rateLimitsEnabled: boolean
  readonly rateLimits: Partial<Limits> | undefined
  readonly rateLimitBypassKey: string | undefined
  readonly redisAddress: string | undefined
  readonly redisPassword: string | undefined
  readonly drainTimeout: number
  readonly drainDelay: number
  readonly metricsEnabled: boolean
  readonly metricsPort: number | undefined
  readonly apiPageEnabled: boolean
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat | undefined
}

export const operationSettings: SettingsOf<OperationValues> = {
  rateLimitsEnabled: {
    name: 'PDS_RATE_LIMITS_ENABLED',
    default: 'true',
    description: 'Whether requests are limited by client address and account.',
    read: boolean,
  },
  rateLimits: {
    name: 'PDS_RATE_LIMITS',
    otherwise: 'as the README says',
    description:
      'Other limits than the defaults: `name=points/seconds`, separated by commas, such as `login=10/300`.',
    read: limits(Object.keys(defaultLimits) as LimitName[]),
  },
  rateLimitBypassKey: {
    name: 'PDS_RATE_LIMIT_BYPASS_KEY',
    otherwise: 'none',
    description: 'Requests with it in `x-ratelimit-bypass` are not limited; 16 characters or more.',
    read: secret(16),
  },
  redisAddress: {
    name: 'PDS_REDIS_SCRATCH_ADDRESS',
    otherwise: 'the database',
    description: 'Redis in which processes share their rate limits, `host:port`.',
    read: hostAndPort,
  },
  redisPassword: {
    name: 'PDS_REDIS_SCRATCH_PASSWORD',
    otherwise: 'none',
    description: 'The password of that Redis, where it asks for one.',
    read: secret(1),
  },
  drainTimeout: {
    name: 'PDS_DRAIN_TIMEOUT_SECONDS',
    default: '25',
    description: 'How long requests under way may still take after SIGTERM.',
    read: integer(0, 3600),
  },
  drainDelay: {
    name: 'PDS_DRAIN_DELAY_SECONDS',
    default: '0',
    description: 'How long `/readyz` says 503 after SIGTERM while connections are still taken.',
    read: integer(0, 3600),
  },
  metricsEnabled: {
    name: 'PDS_METRICS_ENABLED',
    default: 'true',
    description: 'Whether `/metrics` is served.',
    read: boolean,
  },
  metricsPort: {
    name: 'PDS_METRICS_PORT',
    otherwise: '`PDS_PORT`',
    description: 'Port of its own for `/metrics`, which `PDS_PORT` then does not serve.',
    read: integer(0, 65_535),
  },
  apiPageEnabled: {
    name: 'PDS_API_PAGE_ENABLED',
    default: 'true',
    description:
      'Whether `/` is a page for people with every method, from which calls can be tried.',
    read: boolean,
  },
  logLevel: {
    name: 'PDS_LOG_LEVEL',
    default: 'info',
    description: '`debug`, `info`, `warn`, `error` or `silent`.',
    read: oneOf('debug', 'info', 'warn', 'error', 'silent'),
  },
  logFormat: {
    name: 'PDS_LOG_FORMAT',
    otherwise: '`text` on a terminal, else `json`',
    description: 'How the log on stdout looks, `json` or `text`.',
    read: oneOf('json', 'text'),
  },
}

import { defaultLimits, type LimitName, type Limits } from '@lexwright/account/settings'
import { boolean, hostAndPort, integer, limits, oneOf, secret } from '../value.ts'
import type { SettingsOf } from './setting.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type LogFormat = 'json' | 'text'

/** Operation of the process: limits, metrics, logs, shutdown. */
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
    description: 'True to limit requests by client address and account.',
    read: boolean,
  },
  rateLimits: {
    name: 'PDS_RATE_LIMITS',
    otherwise: 'built-in limits',
    description:
      'Limits that differ from the defaults: `name=points/seconds`, separated by commas, such as `login=10/300`.',
    read: limits(Object.keys(defaultLimits) as LimitName[]),
  },
  rateLimitBypassKey: {
    name: 'PDS_RATE_LIMIT_BYPASS_KEY',
    otherwise: 'none',
    description:
      'Requests with this key in `x-ratelimit-bypass` are not limited; 16 characters or more.',
    read: secret(16),
  },
  redisAddress: {
    name: 'PDS_REDIS_SCRATCH_ADDRESS',
    otherwise: 'the database',
    description: 'Redis for rate limits shared by all processes, `host:port`.',
    read: hostAndPort,
  },
  redisPassword: {
    name: 'PDS_REDIS_SCRATCH_PASSWORD',
    otherwise: 'none',
    description: 'Password of that Redis, if it requires one.',
    read: secret(1),
  },
  drainTimeout: {
    name: 'PDS_DRAIN_TIMEOUT_SECONDS',
    default: '25',
    description: 'How long current requests may still take after SIGTERM.',
    read: integer(0, 3600),
  },
  drainDelay: {
    name: 'PDS_DRAIN_DELAY_SECONDS',
    default: '0',
    description: 'How long `/readyz` answers 503 after SIGTERM before connections are refused.',
    read: integer(0, 3600),
  },
  metricsEnabled: {
    name: 'PDS_METRICS_ENABLED',
    default: 'true',
    description: 'True to serve `/metrics`.',
    read: boolean,
  },
  metricsPort: {
    name: 'PDS_METRICS_PORT',
    otherwise: '`PDS_PORT`',
    description: 'Separate port for `/metrics`, which is then not served on `PDS_PORT`.',
    read: integer(0, 65_535),
  },
  apiPageEnabled: {
    name: 'PDS_API_PAGE_ENABLED',
    default: 'true',
    description: 'True to serve a page at `/` that documents every method and can call it.',
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
    description: 'Format of the log on stdout, `json` or `text`.',
    read: oneOf('json', 'text'),
  },
}

import { join } from 'node:path'
import type { Config } from './load-config.ts'

/** Public URL of the service. From configuration only, never from a request. */
export function publicUrlOf({ hostname }: Pick<Config, 'hostname'>, port: number): string {
  return hostname === 'localhost' ? `http://localhost:${port}` : `https://${hostname}`
}

/**
 * True if apps and browsers can reach an authorization server at the host: a name with a dot, or
 * `localhost`.
 */
export function isOAuthHost(hostname: string): boolean {
  if (hostname === 'localhost') return true
  return hostname.includes('.') && !hostname.endsWith('.local') && hostname !== '127.0.0.1'
}

/** Directory for mails without a mail server. */
export function mailDirectory({ dataDirectory }: Pick<Config, 'dataDirectory'>): string {
  return join(dataDirectory, 'mail')
}

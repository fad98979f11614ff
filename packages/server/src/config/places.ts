import { join } from 'node:path'
import type { Config } from './load-config.ts'

/** Where clients reach the service. From configuration only, never from a request. */
export function publicUrlOf({ hostname }: Pick<Config, 'hostname'>, port: number): string {
  return hostname === 'localhost' ? `http://localhost:${port}` : `https://${hostname}`
}

/** True if apps and people can reach an authorization server at a host: a name with a dot, or `localhost`. */
export function isOAuthHost(hostname: string): boolean {
  if (hostname === 'localhost') return true
  return hostname.includes('.') && !hostname.endsWith('.local') && hostname !== '127.0.0.1'
}

/** Where mails go that no mail server takes. */
export function mailDirectory({ dataDirectory }: Pick<Config, 'dataDirectory'>): string {
  return join(dataDirectory, 'mail')
}

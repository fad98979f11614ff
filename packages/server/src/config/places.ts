import { join } from 'node:path'
import type { Config } from './load-config.ts'

/** Where clients reach the service. From configuration only, never from a request. */
export function publicUrlOf({ hostname }: Pick<Config, 'hostname'>, port: number): string {
  return hostname === 'localhost' ? `http://localhost:${port}` : `https://${hostname}`
}

/** Where mails go that no mail server takes. */
export function mailDirectory({ dataDirectory }: Pick<Config, 'dataDirectory'>): string {
  return join(dataDirectory, 'mail')
}

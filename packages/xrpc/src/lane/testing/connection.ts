import { once } from 'node:events'
import type { Socket } from 'node:net'

/** The next bytes on a connection that look like a whole answer. */
export async function nextAnswer(socket: Socket): Promise<string> {
  let bytes = ''
  while (!/\r\n\r\n/.test(bytes)) bytes += String((await once(socket, 'data'))[0])
  return bytes
}

/** The headers of a request on a connection that is to be kept. */
export const keep: Readonly<Record<string, string>> = { Connection: 'keep-alive' }

/** What a handler returns to answer with JSON. */
export function json(body: unknown): { encoding: string; body: unknown } {
  return { encoding: 'application/json', body }
}

import { once } from 'node:events'
import type { Socket } from 'node:net'

/** Reads from a connection until the headers of an answer are complete. */
export async function nextAnswer(socket: Socket): Promise<string> {
  let bytes = ''
  while (!/\r\n\r\n/.test(bytes)) bytes += String((await once(socket, 'data'))[0])
  return bytes
}

/** Headers that ask the server to keep the connection. */
export const keep: Readonly<Record<string, string>> = { Connection: 'keep-alive' }

/** A handler's output that answers with JSON. */
export function json(body: unknown): { encoding: string; body: unknown } {
  return { encoding: 'application/json', body }
}

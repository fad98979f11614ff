import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { ListenOptions } from '../listen.ts'
import type { AnyMethod } from '../stock.ts'
import { type TestServer, testServer } from './serve.ts'

/** A port, and the server's ends of the connections to it. */
export interface Served {
  readonly port: number
  readonly sockets: Socket[]
}

export interface DirectTestServer extends Pick<TestServer, 'running'> {
  serve(handler: AnyMethod, options?: ListenOptions): Promise<Served>
}

/** A `testServer` that shows its connections. */
export function directTestServer(): DirectTestServer {
  const server = testServer()
  return {
    get running() {
      return server.running
    },
    async serve(handler, options) {
      const port = await server.serve(handler, options)
      const sockets: Socket[] = []
      server.running.http.on('connection', (socket: Socket) => sockets.push(socket))
      return { port, sockets }
    },
  }
}

/** Whether Node has been given a connection: it leaves a mark that it does not take away. */
export function isNodes(socket: Socket | undefined): boolean {
  return socket !== undefined && Object.hasOwn(socket, 'setEncoding')
}

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

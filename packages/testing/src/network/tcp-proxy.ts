import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/**
 * One port in front of several. Can lose every packet of its connections without notice to either
 * end.
 */
export interface TcpProxy {
  readonly port: number
  /** Stops forwarding on existing connections, in both directions; new ones work. */
  freeze(): void
  close(): Promise<void>
}

/** Forwards connections to the ports in turn. */
export async function startTcpProxy(...ports: readonly number[]): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer((client) => {
    const upstream = connect(ports[accepted++ % ports.length] ?? 0, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

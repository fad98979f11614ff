import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/**
 * One port in front of several. Can lose every packet of its connections without notice to either
 * end.
 */
export interface TcpProxy {
  readonly port: number
  /** Forwards new connections to other ports, as a virtual address that moves. */
  point(...ports: readonly number[]): void
  /** Stops forwarding on existing connections, in both directions; new ones work. */
  freeze(): void
  /** Like {@link freeze}, and new connections get no answer either. */
  cut(): void
  /** Ends a cut: new connections work; the silent ones are closed. */
  heal(): void
  close(): Promise<void>
}

/** Forwards connections to the ports in turn. */
export async function startTcpProxy(...targets: readonly number[]): Promise<TcpProxy> {
  let ports = targets
  /** Each open socket with its other half, unless packets between them are lost. */
  const sockets = new Map<Socket, Socket | undefined>()
  let accepted = 0
  let isCut = false
  const track = (socket: Socket, other?: Socket): void => {
    sockets.set(socket, other)
    socket.on('error', () => sockets.get(socket)?.destroy())
    socket.once('close', () => sockets.delete(socket))
  }
  const closeAll = (): void => {
    for (const socket of sockets.keys()) socket.destroy()
  }
  const freeze = (): void => {
    for (const socket of sockets.keys()) {
      socket.unpipe().pause()
      sockets.set(socket, undefined)
    }
  }
  const server = createServer((client) => {
    if (isCut) return track(client)
    const upstream = connect(ports[accepted++ % ports.length] ?? 0, '127.0.0.1')
    track(client, upstream)
    track(upstream, client)
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    point: (...next) => {
      ports = next
    },
    freeze,
    cut: () => {
      isCut = true
      freeze()
    },
    heal: () => {
      isCut = false
      closeAll()
    },
    close: async () => {
      closeAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

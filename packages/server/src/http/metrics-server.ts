import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { explainListenError, ListenError } from './http-server.ts'
import { sendError } from './json.ts'

/** Serves only metrics, on a separate port. */
export interface MetricsServer {
  /** The port in use. */
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens on a separate port, which a firewall can close to the public without a path rule in a
 * proxy.
 *
 * @throws {ListenError}
 */
export async function openMetricsServer(
  registry: Registry,
  { port, address }: { readonly port: number; readonly address: string | undefined },
): Promise<MetricsServer> {
  const server = createServer(async (req, res) => {
    if (req.method !== 'GET' || req.url?.split('?', 1)[0] !== '/metrics') {
      return sendError(res, 404, 'NotFound', 'There is nothing at this address')
    }
    res.setHeader('Content-Type', registry.contentType)
    res.end(await registry.metrics())
  })
  try {
    server.listen({ port, ...(address !== undefined && { host: address }) })
    await once(server, 'listening')
  } catch (cause) {
    const message = explainListenError(cause as Error, {
      port,
      address,
      setting: 'PDS_METRICS_PORT',
    })
    throw new ListenError(message, { cause })
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

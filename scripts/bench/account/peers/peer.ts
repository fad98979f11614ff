import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens, and reports the port to the benchmark. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
  })
}

import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens, and tells the benchmark where. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
  })
}

/** Whose token it is, by its word: a bare server checks nothing. */
export function didOf({ headers }: IncomingMessage): string {
  const payload = (headers.authorization ?? '').split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sub
}

import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'

/**
 * True for a WebSocket upgrade, the only kind served; some clients offer HTTP/2 with every request.
 */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** Headers about the connection and the offered upgrade. */
const OF_THE_UPGRADE: ReadonlySet<string> = new Set(['connection', 'http2-settings', 'upgrade'])

/**
 * Serves a request as if it offered no upgrade, then closes the connection. Node 22.18 to 22.20 and 24.0 to 24.8 have
 * no `shouldUpgradeCallback` and detach every such request from their parser: it is pushed back without the offer.
 * Source: RFC 9110, section 7.8.
 */
export function serveWithoutUpgrade(
  http: HttpServer | HttpsServer,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = req
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (!OF_THE_UPGRADE.has(name.toLowerCase())) lines.push(`${name}: ${value}`)
  }
  lines.push('Connection: close', '', '')
  socket.unshift(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), head]))
  http.emit(http instanceof TlsServer ? 'secureConnection' : 'connection', socket)
}
